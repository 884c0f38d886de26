"""The query count of each public page does not depend on the amount of content.

Three queries are the same on every page: the site with its settings, the page with its pictures,
and the pages in its navigation. The others are for lists and for pictures in the body. Keep the
counts in QUERY_COUNTS at 7 or less for the home page and at 8 or less for any other page.
"""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.utils import timezone
from wagtail.models import Page, Site

from editorial.registry import page_types
from issues.models import IssueIndexPage
from mission.models import HomePage
from news.models import NewsIndexPage
from site_settings.models import SiteSettings
from stories.models import StoryIndexPage
from tests import factories


def add_pages(
    issue_index: IssueIndexPage,
    story_index: StoryIndexPage,
    news_index: NewsIndexPage,
    count: int,
) -> None:
    photo = factories.picture(size=(60, 40))
    for _ in range(count):
        issue = factories.IssuePageFactory(parent=issue_index, lead_picture=photo)
        story = factories.StoryPageFactory(parent=story_index, portrait=photo)
        story.issues.add(issue)
        story.save()
        news = factories.NewsPageFactory(parent=news_index, first_published_at=timezone.now())
        news.issues.add(issue)
        news.save()


def test_query_count_is_independent_of_cards_and_links(
    home: HomePage, issue_index: IssueIndexPage, queries: Callable, client: Client
) -> None:
    photo = factories.picture(size=(60, 40))
    pages = [factories.IssuePageFactory(parent=issue_index, lead_picture=photo) for _ in range(10)]

    def cost(count: int) -> int:
        chosen = [page.pk for page in pages[:count]]
        links = "".join(f'<p><a linktype="page" id="{pk}">words</a></p>' for pk in chosen)
        home.sections = [{"type": "text", "value": links}]
        home.save()
        about.body = [{"type": "cards", "value": {"heading": "Cards", "pages": chosen}}]
        about.save()
        spent = len(queries("/")) + len(queries("/about/"))
        for path in ("/", "/about/"):
            html = client.get(path).content.decode()
            assert all(f'href="{page.url}"' in html for page in pages[:count]), path
        return spent

    about = factories.StandardPageFactory(parent=home, slug="about")
    assert cost(3) == cost(10)


def test_site_settings_need_no_extra_query(
    home: HomePage, queries: Callable, client: Client
) -> None:
    about = factories.StandardPageFactory(parent=home, slug="about")
    help_page = factories.UrgentHelpPageFactory(parent=home)
    shared = factories.picture(size=(60, 40))
    shared.make_sizes()
    before = len(queries("/about/"))
    settings = SiteSettings.for_site(Site.objects.get())
    settings.alert_text, settings.alert_page = "Go slow.", help_page
    settings.alert_until = timezone.now() + timedelta(hours=1)
    settings.footer_pages = [{"type": "page", "value": about.pk}]
    settings.share_picture = shared
    settings.save()
    assert len(queries("/about/")) == before
    html = client.get("/about/").content.decode()
    assert "Go slow." in html
    assert f'href="{help_page.url}"' in html
    assert f'href="{about.url}"' in html.partition("<footer")[2]
    assert "og:image" in html


QUERY_COUNTS = {
    "/": 6,
    "/issues/": 4,
    "/issues/first/": 7,
    "/stories/": 6,
    "/stories/told/": 6,
    "/news/": 6,
    "/news/said/": 5,
    "/about/": 4,
    "/urgent-help/": 3,
    "/write/": 4,
    "/sign/": 5,
    "/search/?q=word": 7,
}


def test_query_count_is_independent_of_page_count(
    home: HomePage,
    issue_index: IssueIndexPage,
    story_index: StoryIndexPage,
    news_index: NewsIndexPage,
    queries: Callable,
) -> None:
    photo = factories.picture(size=(60, 40))
    photo.consent.for_press = True  # the press release needs it
    photo.consent.save()
    image = {"image": photo.pk, "decorative": False, "alt_text": "A teal field"}
    figure = [{"type": "figure", "value": {"picture": image, "caption": "Caption"}}]
    issue = factories.IssuePageFactory(
        parent=issue_index, slug="first", title="Word", lead_picture=photo, body=figure
    )
    story = factories.StoryPageFactory(
        parent=story_index, slug="told", title="Word", portrait=photo, body=figure
    )
    story.issues.add(issue)
    story.save()
    news = factories.NewsPageFactory(parent=news_index, slug="said", title="Word", body=figure)
    news.issues.add(issue)
    news.save()
    factories.StandardPageFactory(
        parent=home, slug="about", title="Word", lead_picture=photo, body=figure
    )
    factories.UrgentHelpPageFactory(
        parent=home, slug="urgent-help", lead_picture=photo, law="<p>Law.</p>"
    )
    factories.ActionPageFactory(parent=home, slug="write", lead_picture=photo, body=figure)
    factories.ActionPageFactory(
        parent=home, slug="sign", kind="petition", lead_picture=photo, body=figure
    )
    home.hero_picture = photo
    home.sections = [
        {"type": "statement", "value": {"statement": "Love", "picture": image}},
        {"type": "issue_areas", "value": {"heading": "Issues"}},
        {"type": "stories", "value": {"heading": "Stories", "stories": []}},
    ]
    home.save()
    counted = {page.specific_class for page in Page.objects.live() if page.url in QUERY_COUNTS}
    missing = {model.__name__ for model in {*page_types()} - counted}
    assert not missing, f"Make a page of {missing} here, and add its path to QUERY_COUNTS."

    mistakes = []
    for added in (2, 27):
        add_pages(issue_index, story_index, news_index, added)
        for path, cost in QUERY_COUNTS.items():
            asked = queries(path)
            if len(asked) != cost:
                mistakes.append(
                    f"{path} has {len(asked)} queries instead of {cost} with {added} more pages:\n"
                    + "\n".join(sql[:200] for sql in asked)
                )
    assert not mistakes, "\n\n".join(mistakes)
