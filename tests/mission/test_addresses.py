"""The addresses that machines ask for."""

from datetime import UTC, datetime, timedelta

from django.test import Client
from wagtail.models import Site

from mission.models import HomePage, SiteSettings
from stories.models import StoryIndexPage
from tests import factories


def test_the_sitemap_holds_public_pages_only(
    home: HomePage, story_index: StoryIndexPage, client: Client
) -> None:
    factories.StandardPageFactory(parent=home, slug="public")
    factories.StandardPageFactory(parent=home, slug="draft", live=False)
    private = factories.StandardPageFactory(parent=home, slug="private")
    private.view_restrictions.create(restriction_type="login")
    factories.StoryPageFactory(parent=story_index, slug="sample", is_sample=True)
    sitemap = client.get("/sitemap.xml").content.decode()
    assert "<loc>http://testserver/</loc>" in sitemap
    assert "<loc>http://testserver/public/</loc>" in sitemap
    for slug in ("draft", "private", "sample"):
        assert f"/{slug}/" not in sitemap


def test_robots_name_the_sitemap(home: HomePage, client: Client) -> None:
    robots = client.get("/robots.txt")
    assert robots["Content-Type"].startswith("text/plain")
    assert "Sitemap: http://testserver/sitemap.xml" in robots.content.decode()


def test_security_txt_waits_for_a_contact_and_is_good_for_less_than_a_year(
    home: HomePage, client: Client
) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    found = SiteSettings.for_site(Site.objects.get())
    found.contact_email = "desk@example.org"
    found.save()
    lines = client.get("/.well-known/security.txt").content.decode().splitlines()
    fields = dict(line.split(": ", 1) for line in lines)
    assert fields["Contact"] == "mailto:desk@example.org"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=170) < expires - datetime.now(UTC) < timedelta(days=365)


def test_a_shared_page_shows_a_picture_only_with_consent_for_it(
    home: HomePage, client: Client
) -> None:
    photo = factories.picture(size=(60, 40))
    factories.StandardPageFactory(parent=home, slug="about", social_picture=photo)
    assert b"og:image" not in client.get("/about/").content
    photo.for_social = True
    photo.save()
    html = client.get("/about/").content.decode()
    assert 'property="og:image" content="http://testserver/media/images/' in html


def test_a_page_says_its_own_address_and_what_it_is_about(home: HomePage, client: Client) -> None:
    factories.StandardPageFactory(parent=home, slug="about", summary="Who we are")
    html = client.get("/about/?utm_source=mail").content.decode()
    assert '<link rel="canonical" href="http://testserver/about/">' in html
    assert '<meta name="description" content="Who we are">' in html
