"""StreamField blocks of a page body. There are at most sixteen, so that editors know them all."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import blocks
from wagtail.documents import get_document_model
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images import get_image_model
from wagtail.models import Page

from editorial.blocks import groups
from editorial.blocks.phone import ContactValue, TelephoneBlock
from editorial.blocks.structs import ListBlock, PageChooserBlock, StructBlock
from editorial.public_pages import localized_cards, public_url, publicly_visible
from editorial.sources.rich_text import Source
from pictures.blocks import PictureBlock

# No italics: the site's fonts have none, and bold is used for emphasis.
RICH_TEXT = ["h2", "h3", "bold", "ol", "ul", "link", "document-link", "source"]
PLAIN_RICH_TEXT = ["bold", "link", "source"]
LISTS_RICH_TEXT = ["bold", "ol", "ul", "link", "source"]


class TextBlock(blocks.RichTextBlock):
    """Rich text with headings, lists and links."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**{"features": RICH_TEXT} | kwargs)

    class Meta:
        icon = "pilcrow"
        group = groups.TEXT
        label = _("Text")
        description = _("Paragraphs, headings, lists and links.")
        preview_value = (
            "<h2>What works</h2><p>Care that people can reach, <b>when they ask</b>.</p>"
        )
        template = "blocks/text.html"


class FigureBlock(StructBlock):
    """A picture with its caption."""

    picture = PictureBlock(label=_("Picture"))
    caption = blocks.CharBlock(
        label=_("Caption"),
        required=False,
        help_text=_("What the picture shows, for all readers. Do not repeat the alt text."),
    )

    class Meta:
        icon = "image"
        group = groups.MEDIA
        label = _("Picture")
        description = _("A picture with a caption and its credit.")
        template = "blocks/figure.html"

    def get_preview_value(self) -> blocks.StructValue:
        picture = get_image_model().objects.order_by("pk").first()
        return self.normalize({"picture": picture, "caption": "What the picture shows."})


class QuoteBlock(StructBlock):
    """A quotation in large type."""

    text = blocks.TextBlock(
        label=_("Text"), help_text=_("Only the quoted words, without quotation marks.")
    )
    speaker = blocks.CharBlock(
        label=_("Speaker"), required=False, help_text=_("The person quoted, named as they prefer.")
    )

    class Meta:
        icon = "openquote"
        group = groups.TEXT
        label = _("Quote")
        description = _("Someone's words, in large type.")
        preview_value = {"text": "I wanted somebody to ask me.", "speaker": "A sample speaker"}
        template = "blocks/quote.html"


class ClaimValue(blocks.StructValue):
    @property
    def mark(self) -> str:
        """HTML of the source mark, as in rich text; empty while a draft names no source."""
        return Source.of({**self, "title": self.get("source")}).mark() if self.get("source") else ""


class ClaimBlock(StructBlock):
    """A statement of fact with its source."""

    statement = blocks.TextBlock(
        label=pgettext_lazy("of a claim", "Statement"),
        help_text=_("One sentence that can be checked."),
    )
    source = blocks.CharBlock(
        label=_("Source"), help_text=_("Title of the report, law or article.")
    )
    publisher = blocks.CharBlock(
        label=_("Publisher"), required=False, help_text=_("Who published it.")
    )
    url = blocks.URLBlock(
        label=_("URL"), required=False, help_text=_("The URL where readers can find it.")
    )
    published = blocks.CharBlock(
        label=_("Date"),
        required=False,
        max_length=40,
        help_text=_("When it was published, for example “2024” or “March 2024”."),
    )
    archived = blocks.URLBlock(
        required=False,
        label=_("Archived copy"),
        help_text=_("The URL of a copy that remains if the original is removed."),
    )

    class Meta:
        icon = "check"
        group = groups.FACTS
        label = _("Claim with source")
        description = _("A statement of fact and the source that proves it.")
        preview_value = {
            "statement": "A statement that a reader can check.",
            "source": "Title of the report",
            "publisher": "Who published it",
            "url": "https://www.example.org/",
            "published": "2024",
        }
        template = "blocks/claim.html"
        value_class = ClaimValue


class StepBlock(StructBlock):
    title = blocks.CharBlock(label=_("Title"))
    text = blocks.TextBlock(label=_("Text"), required=False)


class StepsBlock(StructBlock):
    """A numbered list of steps."""

    heading = blocks.CharBlock(label=_("Heading"), required=False)
    steps = ListBlock(StepBlock(label=_("Step")), label=_("Steps"))

    class Meta:
        icon = "list-ol"
        group = groups.TEXT
        label = _("Steps")
        description = _("A numbered list of things to do or to ask for.")
        preview_value = {
            "heading": "What we ask for",
            "steps": [
                {"title": "Stop the arrests", "text": "And pay for care instead."},
                {"title": "Clear the records", "text": "So that people can work."},
            ],
        }
        template = "blocks/steps.html"


class AnswerBlock(StructBlock):
    question = blocks.CharBlock(label=_("Question"))
    answer = blocks.RichTextBlock(label=_("Answer"), features=LISTS_RICH_TEXT)


class AccordionBlock(StructBlock):
    """An accordion of questions and answers."""

    heading = blocks.CharBlock(label=_("Heading"), required=False)
    answers = ListBlock(AnswerBlock(label=_("Question")), label=_("Questions"))

    class Meta:
        icon = "list-ul"
        group = groups.TEXT
        label = _("Questions and answers")
        description = _("Questions that open to show their answers.")
        preview_value = {
            "heading": "Questions people ask",
            "answers": [
                {"question": "Is this legal?", "answer": "<p>In some states.</p>"},
                {"question": "Who pays for it?", "answer": "<p>That differs too.</p>"},
            ],
        }
        template = "blocks/accordion.html"


class CardsBlock(StructBlock):
    """Cards that link to other pages of this site."""

    heading = blocks.CharBlock(label=_("Heading"), required=False)
    pages = ListBlock(PageChooserBlock(label=_("Page")), label=_("Pages"))

    class Meta:
        icon = "folder-open-inverse"
        group = groups.LINKS
        label = _("Pages")
        description = _("A short list of other pages on this site.")
        template = "blocks/cards.html"

    def get_preview_value(self) -> blocks.StructValue:
        pages = publicly_visible(Page.objects.filter(depth__gt=1)).order_by("-depth", "path")[:2]
        return self.normalize({"heading": "Read more", "pages": list(pages)})

    def get_context(self, value: blocks.StructValue, parent_context: dict | None = None) -> dict:
        """Adds `pages`: the chosen pages that are public, in the editor's order.

        Each is in the reader's language, if it has a translation.
        """
        context = super().get_context(value, parent_context)
        chosen = [page for page in value["pages"] if page]
        context["pages"] = localized_cards(chosen)
        return context


class ActionValue(blocks.StructValue):
    @property
    def href(self) -> str:
        """URL of the button; empty while the chosen page is not public."""
        page = self.get("page")
        if page:
            return public_url(page)
        return self.get("url") or ""


class ActionBlock(StructBlock):
    """A call to action with a button."""

    heading = blocks.CharBlock(label=_("Heading"))
    text = blocks.TextBlock(label=_("Text"), required=False)
    link_text = blocks.CharBlock(
        label=_("Button text"),
        help_text=_("What the button does, for example “Write to your lawmaker”."),
    )
    page = PageChooserBlock(
        label=_("Page"),
        required=False,
        help_text=_("Choose a page on this site, or enter a URL below."),
    )
    url = blocks.URLBlock(
        label=_("URL"),
        required=False,
        help_text=_("The URL of a page on another site, if you did not choose a page."),
    )

    class Meta:
        icon = "pick"
        group = groups.LINKS
        label = _("Action")
        description = _("One thing the reader can do now, with a button.")
        preview_value = {
            "heading": "What you can do",
            "text": "It takes two minutes.",
            "link_text": "Write to your lawmaker",
            "url": "https://www.example.org/",
        }
        template = "blocks/action.html"
        value_class = ActionValue

    def clean(self, value: blocks.StructValue) -> blocks.StructValue:
        value = super().clean(value)
        # Drafts with errors can be saved, so this is checked only on publishing.
        if not self.is_deferred_validation and value.get("page") and value.get("url"):
            sentence = ValidationError(_("You entered both a page and a URL. Remove one of them."))
            raise blocks.StructBlockValidationError(block_errors={"page": sentence})
        return value


class ContactBlock(StructBlock):
    """Contact details of a person or office."""

    # Block.name is a string; the metaclass takes this attribute out of the class.
    name = blocks.CharBlock(  # type: ignore[assignment]
        label=_("Name"), help_text=_("The person or office, for example “Press office”.")
    )
    text = blocks.TextBlock(label=_("Text"), required=False)
    email = blocks.EmailBlock(label=_("Email"), required=False)
    telephone = TelephoneBlock(label=_("Phone number"), required=False, max_length=40)

    class Meta:
        icon = "mail"
        group = groups.LINKS
        label = _("Contact")
        description = _("How to contact a person or office.")
        preview_value = {
            "name": "Press office",
            "text": "For reporters on a deadline.",
            "email": "press@example.org",
            "telephone": "+1 555 0100",
        }
        template = "blocks/contact.html"
        value_class = ContactValue


class DownloadBlock(StructBlock):
    """A document to download."""

    document = DocumentChooserBlock(label=_("Document"))
    text = blocks.CharBlock(
        label=_("Text"), required=False, help_text=_("What the file contains and its language.")
    )

    class Meta:
        icon = "download"
        group = groups.MEDIA
        label = _("Download")
        description = _("A file, shown with its type and size.")
        template = "blocks/download.html"

    def get_preview_value(self) -> blocks.StructValue:
        documents = get_document_model()
        document = documents.objects.order_by("pk").first() or documents(
            pk=0, title="Fact sheet", file="fact-sheet.pdf", file_size=120 * 1024
        )
        return self.normalize({"document": document, "text": "Two pages, in English."})


class BodyBlock(blocks.StreamBlock):
    """All blocks allowed in a page body."""

    text = TextBlock()
    figure = FigureBlock()
    quote = QuoteBlock()
    claim = ClaimBlock()
    steps = StepsBlock()
    accordion = AccordionBlock()
    cards = CardsBlock()
    action = ActionBlock()
    contact = ContactBlock()
    download = DownloadBlock()
