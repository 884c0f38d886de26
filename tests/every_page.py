"""One page of each type with every field filled, and the public paths of the site."""

import json
from datetime import date
from types import SimpleNamespace

from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.blocks import Block, StreamBlock
from wagtail.documents import get_document_model
from wagtail.models import Page, Site

from editorial.blocks.body import BodyBlock
from issues.models import IssueIndexPage
from mission.blocks import HomeBlock
from mission.models import HomePage
from news.models import NewsIndexPage
from stories.models import StoryIndexPage
from tests import factories


def preview(block: Block, **values: object) -> dict:
    """A block with its preview value, as it is stored. `values` override fields of the block."""
    value = block.get_prep_value(block.get_preview_value())
    return {"type": block.name, "value": value | values if values else value}


def previews(stream: StreamBlock, **values: dict) -> str:
    """Every block of a stream as JSON. `values` override fields, by the name of the block."""
    blocks = stream.child_blocks.values()
    return json.dumps([preview(block, **values.get(block.name, {})) for block in blocks])


def make_home() -> HomePage:
    """An empty home page at the root of the default site."""
    site = Site.objects.get(is_default_site=True)
    welcome = site.root_page
    page = factories.HomePageFactory(parent=Page.get_first_root_node(), slug="our-home")
    site.root_page, site.hostname = page, "testserver"
    site.save()
    Page.objects.get(pk=welcome.pk).delete()
    return page


def make_issue_index(home: HomePage) -> IssueIndexPage:
    return factories.IssueIndexPageFactory(parent=home, slug="issues", show_in_menus=True)


def make_story_index(home: HomePage) -> StoryIndexPage:
    return factories.StoryIndexPageFactory(parent=home, slug="stories", show_in_menus=True)


def make_news_index(home: HomePage) -> NewsIndexPage:
    return factories.NewsIndexPageFactory(parent=home, slug="news")


def make() -> None:
    home = make_home()
    issue_index, story_index = make_issue_index(home), make_story_index(home)
    photo, svg = factories.picture("A photograph", size=(600, 400)), factories.drawing()
    for picture in (photo, svg):
        picture.consent.for_press = True  # press releases require it
        picture.consent.save()
        picture.other_descriptions = {"es": f"{picture.title} (es)"}
        picture.save()
    photo.make_sizes()
    about = factories.StandardPageFactory(
        parent=home,
        title="About",
        summary="Who we are",
        lead_picture=svg,
        lead_caption="Cap",
        shows_retention_periods=True,
    )
    image = {"image": photo.pk, "decorative": False, "alt_text": "Alt in context"}
    file = ContentFile(b"Two pages", "fact-sheet.txt")
    get_document_model().objects.create(title="Fact sheet", file=file)
    block = BodyBlock().child_blocks
    common = {
        "summary": "A summary.",
        "content_note": "This page speaks about loss.",
        "last_reviewed": "2026-01-31",
        "corrections": json.dumps(
            [{"type": "correction", "value": {"date": "2026-02-01", "text": "A year was wrong."}}]
        ),
        "body": previews(BodyBlock(), figure={"picture": image}),
    }
    issue = factories.IssuePageFactory(
        parent=issue_index,
        title="Harm “reduction” & care",
        lead_picture=photo,
        lead_caption='A caption with "quotation marks"',
        what_we_do="<p>We <b>work</b>.</p>",
        claims=json.dumps([preview(block["claim"])]),
        call_to_action=json.dumps([preview(block["action"])]),
        **common,
    )
    factories.IssuePageFactory(parent=issue_index, title="Next issue")
    story = factories.StoryPageFactory(
        parent=story_index,
        title="A story",
        teller="Ana",
        place="Ohio",
        name_changed=True,
        is_sample=True,
        portrait=svg,
        portrait_caption="A caption",
        pull_quote="Words of hers",
        **common,
    )
    story.issues.set([issue])
    story.save()
    factories.StoryPageFactory(parent=story_index, title="Voice only")
    factories.ActionPageFactory(
        parent=home,
        title="Write",
        lead_picture=photo,
        lead_caption="A caption",
        letter_subject="Care & “health”",
        letter="Dear lawmaker,\n\nplease act.",
        finder_text="Find",
        finder_url="https://www.example.org/",
        **common,
    )
    factories.ActionPageFactory(
        parent=home,
        title="Sign",
        kind="petition",
        goal=1000,
        **common,
    )
    news_index = factories.NewsIndexPageFactory(parent=home, slug="news", introduction="<p>We.</p>")
    news = factories.NewsPageFactory(
        parent=news_index,
        title="An announcement",
        speaker="action-fund",
        is_sample=True,
        press_contact=json.dumps([preview(block["contact"])]),
        first_published_at=timezone.now(),
        published_on=date(2026, 1, 31),
        byline="Rosa Diaz",
        kind="in-the-media",
        **common,
    )
    news.issues.set([issue])
    news.save()
    call = {"label": "Call", "telephone": "+1 (555) 0100", "note": "Say where you are."}
    source = {"title": "Guidance", "publisher": "A publisher", "url": "https://www.example.org/"}
    urgent = factories.UrgentHelpPageFactory(
        parent=home,
        slug="urgent-help",
        summary="A summary.",
        calls=json.dumps([{"type": "call", "value": call}]),
        steps=json.dumps([{"type": "step", "value": {"title": "Stay", "text": "Stay there."}}]),
        law="<p>Some <b>protection</b>.</p>",
        lines=json.dumps([{"type": "line", "value": call}]),
        sources=json.dumps([{"type": "source", "value": source}]),
        lead_picture=svg,
        lead_caption="A caption",
        last_reviewed="2026-01-31",
    )
    home.hero_picture, home.hero_caption = svg, "A caption"
    home.mission, home.join_text, home.join_page = "<p>Our mission.</p>", "Join", about
    home.scroll_cue = "Scroll"
    home.sections = previews(HomeBlock(), statement={"picture": image})
    for one in (home, issue_index, story_index, news_index, urgent, about):
        for name in ("content_note", "last_reviewed", "corrections"):
            setattr(one, name, common[name])
    story_index.takes_stories = True
    issue_index.introduction = story_index.introduction = "<p>We.</p>"
    for one in (issue_index, story_index, news_index, urgent, about):
        one.save()
    home.save_revision().publish()


SLUGS = {
    "home": "our-home",
    "issue_index": "issues",
    "issue": "harm-reduction-care",
    "next_issue": "next-issue",
    "story_index": "stories",
    "story": "a-story",
    "voice": "voice-only",
    "news_index": "news",
    "news": "an-announcement",
    "about": "about",
    "action": "write",
    "petition": "sign",
    "urgent": "urgent-help",
}


def find() -> SimpleNamespace:
    """The pages that `make` made, by the keys of SLUGS."""
    pages = {page.slug: page for page in Page.objects.filter(depth__gt=1).specific()}
    return SimpleNamespace(**{name: pages[slug] for name, slug in SLUGS.items()})


# No page has the path `/not-here/`: its response is the 404 page.
PUBLIC_PATHS = (
    "/",
    "/issues/",
    "/issues/harm-reduction-care/",
    "/issues/next-issue/",
    "/stories/",
    "/stories/a-story/",
    "/stories/voice-only/",
    "/news/",
    "/news/?kind=press-release&issue=harm-reduction-care",
    "/news/an-announcement/",
    "/about/",
    "/write/",
    "/sign/",
    "/take-part/delete/",
    "/take-part/mail/",
    "/take-part/received/",
    "/take-part/story/",
    "/take-part/thanks/",
    "/urgent-help/",
    "/search/",
    "/search/?q=words",
    "/search/?q=nothingatall",
    "/quick-exit/",
    "/not-here/",
)
