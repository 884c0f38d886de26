"""Embargoed pages, and public pages that refer to them.

There is an embargoed page of each page type, except the types that may exist only once.
"""

import json
from datetime import timedelta
from types import SimpleNamespace

from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.models import Page

from pictures.models import Picture
from site_settings.models import SiteSettings
from tests import factories
from tests.every_page import make_home, make_issue_index, make_story_index

SECRET = "Zanzibar"
# Far in the future, because the template database is reused until one of its sources changes.
LATER = timedelta(days=10_000)
SLUGS = {
    "page": "zanzibar",
    "issue": "zanzibar-issue",
    "story": "zanzibar-story",
    "news": "zanzibar-release",
    "action": "zanzibar-action",
}


def schedule(page: Page) -> None:
    page.go_live_at = timezone.now() + LATER
    page.save_revision().publish()
    assert not Page.objects.get(pk=page.pk).live


def make() -> None:
    home = make_home()
    issue_index, story_index = make_issue_index(home), make_story_index(home)
    photo = factories.picture("Plain name", size=(60, 40))
    document = get_document_model().objects.create(
        title="A file", file=ContentFile(b"secret", name="press-release.pdf")
    )
    common = {"title": f"{SECRET} news", "summary": SECRET, "live": False, "show_in_menus": True}
    page = factories.StandardPageFactory(
        parent=home,
        slug="zanzibar",
        lead_picture=photo,
        social_picture=photo,
        body=json.dumps([{"type": "download", "value": {"document": document.pk}}]),
        **common,
    )
    first = factories.IssuePageFactory(parent=issue_index, slug="first", title="First")
    issue = factories.IssuePageFactory(parent=issue_index, slug="zanzibar-issue", **common)
    factories.IssuePageFactory(parent=issue_index, slug="last", title="Last")
    told = factories.StoryPageFactory(parent=story_index, slug="told", title="Told")
    story = factories.StoryPageFactory(parent=story_index, slug="zanzibar-story", **common)
    for page_about_issues in (told, story):
        page_about_issues.issues.set([first, issue])
        page_about_issues.save()
    news_index = factories.NewsIndexPageFactory(parent=home, slug="news")
    said = factories.NewsPageFactory(parent=news_index, slug="said", title="Said")
    news = factories.NewsPageFactory(parent=news_index, slug="zanzibar-release", **common)
    for page_about_issues in (said, news):
        page_about_issues.issues.set([first, issue])
        page_about_issues.save()
    action = factories.ActionPageFactory(parent=home, slug="zanzibar-action", **common)
    hidden = [page.pk, issue.pk, story.pk, news.pk, action.pk]
    link = "".join(f'<p><a linktype="page" id="{pk}">words</a></p>' for pk in hidden)
    factories.StandardPageFactory(
        parent=home,
        slug="about",
        title="About",
        body=json.dumps(
            [
                {"type": "text", "value": link},
                {"type": "cards", "value": {"heading": "Cards", "pages": hidden}},
                {
                    "type": "action",
                    "value": {"heading": "Act", "link_text": "Go", "page": page.pk},
                },
            ]
        ),
    )
    home.join_text, home.join_page = "Join", page
    home.sections = json.dumps(
        [
            {"type": "issue_areas", "value": {"heading": "Issues"}},
            {"type": "stories", "value": {"heading": "Stories", "stories": [story.pk, told.pk]}},
            {"type": "text", "value": link},
        ]
    )
    home.save_revision().publish()
    found = SiteSettings.for_site(home.get_site())
    found.alert_text, found.alert_page = "Go slow", page
    found.alert_until = timezone.now() + LATER
    found.footer_pages = [{"type": "page", "value": page.pk}]
    found.save()
    for embargoed in (page, issue, story, news, action):
        schedule(embargoed)


def find() -> SimpleNamespace:
    """The pages of SLUGS, a picture, a document, and rich text that links to the document."""
    pages = {page.slug: page for page in Page.objects.filter(slug__in=SLUGS.values()).specific()}
    document = get_document_model().objects.get()
    return SimpleNamespace(
        **{name: pages[slug] for name, slug in SLUGS.items()},
        photo=Picture.objects.get(),
        document=document,
        file=f'<p><a linktype="document" id="{document.pk}">file</a></p>',
    )
