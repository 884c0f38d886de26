"""Blocks of the home page and of the urgent help page."""

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.models import Locale

from editorial.blocks import groups
from editorial.blocks.body import PLAIN_RICH_TEXT, ActionBlock, StepBlock, TextBlock
from editorial.blocks.phone import ContactValue, TelephoneBlock
from editorial.blocks.structs import ListBlock, PageChooserBlock, StructBlock
from issues.models import IssuePage
from pictures.blocks import PictureBlock
from pictures.models import Picture
from stories.models import StoryPage

LATEST_STORIES = 3

# For each font size of a StatementBlock, how many letters of average width fit on a line.
SIZES = {"giant": 4.3, "huge": 6, "large": 9, "medium": 15, "small": 24}
# Widths of letters that are not of average width. The average is 1.
LETTER_WIDTHS = dict.fromkeys("fijlrtI.,:;!'’|", 0.6) | dict.fromkeys("mwMW", 1.5)


class StatementValue(blocks.StructValue):
    @property
    def size(self) -> str:
        """Name of the largest font size at which the text fits.

        The longest word must fit on one line, and all words on 3.5 lines.
        """
        words = f"{self.get('statement') or ''} {self.get('ending') or ''}".split()
        word_widths = [sum(LETTER_WIDTHS.get(letter, 1) for letter in word) for word in words]
        needed = max([*word_widths, sum(word_widths) / 3.5])
        return next((size for size, limit in SIZES.items() if needed <= limit), "smallest")


class StatementBlock(StructBlock):
    """A full-screen sentence with a picture."""

    lead_in = blocks.CharBlock(
        label=_("Line above"),
        required=False,
        max_length=80,
        help_text=_(
            "A smaller line above the large words: “We are creating drug policy shaped by”."
        ),
    )
    statement = blocks.CharBlock(
        label=_("Large words"),
        help_text=_("Fewer words are shown larger. One short word fills the screen."),
    )
    ending = blocks.CharBlock(
        label=_("Line below"),
        required=False,
        max_length=40,
        help_text=_("A line below the large words, at half their size."),
    )
    picture = PictureBlock(label=_("Picture"), required=False)
    caption = blocks.CharBlock(
        label=_("Caption"), required=False, help_text=_("What the picture shows.")
    )
    text = blocks.RichTextBlock(label=_("Text"), required=False, features=PLAIN_RICH_TEXT)

    class Meta:
        icon = "title"
        group = groups.TEXT
        label = _("Statement")
        description = _("A sentence that fills the screen, with a picture.")
        template = "mission/blocks/statement.html"
        preview_template = "mission/blocks/preview.html"
        value_class = StatementValue

    def get_preview_value(self) -> blocks.StructValue:
        picture = Picture.objects.order_by("pk").first()
        words = {"lead_in": "Drug policy shaped by", "statement": "love,", "ending": "not war."}
        return self.normalize(words | {"picture": picture})


class IssueAreasBlock(StructBlock):
    """All public issues in page tree order. The list updates automatically."""

    heading = blocks.CharBlock(label=_("Heading"))
    introduction = blocks.RichTextBlock(
        label=_("Introduction"), required=False, features=PLAIN_RICH_TEXT
    )

    class Meta:
        icon = "list-ol"
        group = groups.LINKS
        label = _("Issue areas")
        description = _("All issues, in the order of the page tree. The list updates itself.")
        preview_value = {"heading": "Issue areas"}
        template = "mission/blocks/issue_areas.html"
        preview_template = "mission/blocks/preview.html"

    def get_context(self, value: blocks.StructValue, parent_context: dict | None = None) -> dict:
        """Adds `issues` in the language of the page."""
        context = super().get_context(value, parent_context)
        issues = IssuePage.objects.for_listing()
        if page := context.get("page"):
            issues = issues.descendant_of(page)
        else:  # previews and the pattern library have no page
            issues = issues.filter(locale=Locale.get_active())
        context["issues"] = list(issues)
        return context


class StoriesBlock(StructBlock):
    """Stories chosen by an editor, or the latest LATEST_STORIES."""

    heading = blocks.CharBlock(label=_("Heading"))
    stories = ListBlock(
        PageChooserBlock(page_type="stories.StoryPage", label=_("Story")),
        label=_("Stories"),
        default=[],
        help_text=_("If left empty, the latest three stories are shown."),
    )

    class Meta:
        icon = "group"
        group = groups.LINKS
        label = _("Stories")
        description = _("Stories you choose, or the latest three.")
        preview_value = {"heading": "Told by the people who lived it", "stories": []}
        template = "mission/blocks/stories.html"
        preview_template = "mission/blocks/preview.html"

    def get_context(self, value: blocks.StructValue, parent_context: dict | None = None) -> dict:
        """Adds `stories`: the public stories, in the language of the page."""
        context = super().get_context(value, parent_context)
        stories = StoryPage.objects.for_listing()
        if page := context.get("page"):
            stories = stories.descendant_of(page)
        else:
            stories = stories.filter(locale=Locale.get_active())
        chosen = [story.translation_key for story in value["stories"] if story]
        if chosen:
            of_these = stories.filter(translation_key__in=chosen)
            found = {story.translation_key: story for story in of_these}
            context["stories"] = [found[key] for key in chosen if key in found]
        else:
            context["stories"] = list(stories[:LATEST_STORIES])
        return context


class HomeBlock(blocks.StreamBlock):
    """Sections of the home page below its hero and mission."""

    statement = StatementBlock()
    issue_areas = IssueAreasBlock()
    stories = StoriesBlock()
    action = ActionBlock()
    text = TextBlock()

    class Meta:
        block_counts = {"issue_areas": {"max_num": 1}, "stories": {"max_num": 1}}


class CallBlock(StructBlock):
    """A phone number that readers can tap to call."""

    label = blocks.CharBlock(
        label=_("Label"),
        required=False,
        help_text=_("What to do or who answers: “Call”, “Poison Control”."),
    )
    telephone = TelephoneBlock(
        label=_("Phone number"),
        max_length=40,
        help_text=_(
            "Write it as people read it, such as “1-800-222-1222”. The call link is made from it."
        ),
        validators=[
            RegexValidator(
                r"[0-9]", _("Write the phone number in digits, so that the call link works.")
            )
        ],
    )
    note = blocks.CharBlock(
        label=_("Note"),
        required=False,
        help_text=_("What to say, what the call costs, and which languages are spoken."),
    )

    class Meta:
        icon = "mobile-alt"
        label = _("Phone number")
        description = _("A phone number that readers can tap to call.")
        preview_value = {
            "label": "Call",
            "telephone": "911",
            "note": "Say: somebody is not breathing.",
        }
        template = "mission/blocks/call.html"
        preview_template = "mission/blocks/call_preview.html"
        value_class = ContactValue


class UrgentStepBlock(StepBlock):
    """One thing to do until help comes."""

    class Meta:
        icon = "list-ol"
        label = _("Step")
        description = _("One thing to do, in a few words anybody can follow.")
        preview_value = {"title": "Stay", "text": "Keep them warm until help comes."}
        template = "mission/blocks/step.html"


class SourceBlock(StructBlock):
    """Published guidance that the urgent help page follows."""

    title = blocks.CharBlock(label=_("Title"))
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

    class Meta:
        icon = "link"
        label = _("Source")
        description = _("A report or guidance, with its URL.")
        preview_value = {
            "title": "Title of the guidance",
            "publisher": "Who published it",
            "url": "https://www.example.org/",
            "published": "2024",
        }
        template = "mission/blocks/source.html"
