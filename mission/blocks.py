"""The sections of the home page."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

from editorial.blocks import PLAIN_RICH_TEXT, ActionBlock, TextBlock
from editorial.visibility import for_readers
from issues.models import IssuePage
from pictures.models import Picture, with_renditions
from stories.models import StoryIndexPage, StoryPage

LATEST_STORIES = 3


class StatementBlock(blocks.StructBlock):
    """A sentence that fills the screen, with a picture."""

    statement = blocks.CharBlock(help_text=_("One sentence, set as large as the screen allows."))
    picture = ImageBlock(required=False)
    caption = blocks.CharBlock(required=False, help_text=_("What the picture shows."))
    text = blocks.RichTextBlock(required=False, features=PLAIN_RICH_TEXT)

    class Meta:
        icon = "title"
        label = _("Statement")
        description = _("A sentence that fills the screen, with a picture.")
        template = "mission/blocks/statement.html"
        preview_template = "mission/blocks/preview.html"

    def get_preview_value(self) -> blocks.StructValue:
        picture = Picture.objects.order_by("pk").first()
        return self.normalize({"statement": "Policy shaped by love, not war", "picture": picture})


class IssueAreasBlock(blocks.StructBlock):
    """All live issues in the order of the page tree: nothing to maintain."""

    heading = blocks.CharBlock()
    introduction = blocks.RichTextBlock(required=False, features=PLAIN_RICH_TEXT)

    class Meta:
        icon = "list-ol"
        label = _("Issue areas")
        description = _("All issues, in the order of the page tree. Nothing to maintain.")
        preview_value = {"heading": "Issue areas"}
        template = "mission/blocks/issue_areas.html"
        preview_template = "mission/blocks/preview.html"

    def get_context(self, value: blocks.StructValue, parent_context: dict | None = None) -> dict:
        """Adds `issues`, in the language of the page."""
        context = super().get_context(value, parent_context)
        issues = IssuePage.objects.for_listing()
        if page := context.get("page"):
            issues = issues.descendant_of(page)
        context["issues"] = list(issues)
        with_renditions(issue.card_picture for issue in context["issues"])
        return context


class StoriesBlock(blocks.StructBlock):
    """Stories that an editor chose, or the latest ones."""

    heading = blocks.CharBlock()
    stories = blocks.ListBlock(
        blocks.PageChooserBlock(page_type="stories.StoryPage"),
        default=[],
        help_text=_("Left empty, the latest three are shown."),
    )

    class Meta:
        icon = "group"
        label = _("Stories")
        description = _("Stories you choose, or the latest three.")
        preview_value = {"heading": "Told by the people who lived it", "stories": []}
        template = "mission/blocks/stories.html"
        preview_template = "mission/blocks/preview.html"

    def get_context(self, value: blocks.StructValue, parent_context: dict | None = None) -> dict:
        """Adds `stories`, those a reader may see, and the `index` that lists them all."""
        context = super().get_context(value, parent_context)
        stories = StoryPage.objects.for_listing()
        index = for_readers(StoryIndexPage.objects.all())
        if page := context.get("page"):
            stories, index = stories.descendant_of(page), index.descendant_of(page)
        chosen = [story.pk for story in value["stories"] if story]
        if chosen:
            found = {story.pk: story for story in stories.filter(pk__in=chosen)}
            context["stories"] = [found[pk] for pk in chosen if pk in found]
        else:
            context["stories"] = list(stories[:LATEST_STORIES])
        with_renditions(story.card_picture for story in context["stories"])
        context["index"] = index.first()
        return context


class HomeBlock(blocks.StreamBlock):
    """What the home page scrolls through below its hero and mission."""

    statement = StatementBlock()
    issue_areas = IssueAreasBlock()
    stories = StoriesBlock()
    action = ActionBlock()
    text = TextBlock()

    class Meta:
        block_counts = {"issue_areas": {"max_num": 1}, "stories": {"max_num": 1}}
