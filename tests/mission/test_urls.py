"""URLs for crawlers and browsers, and metadata for shared links."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.utils.timezone import localtime
from wagtail.models import Locale, Site

from consent.models import ConsentRecord
from mission.models import HomePage
from site_settings.models import SiteSettings
from stories.models import StoryIndexPage
from tests import factories

pytestmark = pytest.mark.usefixtures("all_renditions")


def test_sitemap_contains_public_pages_only(
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


def test_sitemap_has_dates_and_translations(home: HomePage, client: Client) -> None:
    locale = Locale.objects.get_or_create(language_code="es")[0]
    home.copy_for_translation(locale).save_revision().publish()
    page = factories.StandardPageFactory(parent=home, slug="about")
    page.save_revision().publish()
    page.refresh_from_db()
    translated = page.copy_for_translation(locale)

    def sitemap() -> str:
        return re.sub(r">\s+<", "><", client.get("/sitemap.xml").content.decode())

    day = f"{localtime(page.last_published_at):%Y-%m-%d}"
    alone = f"<loc>http://testserver/about/</loc><lastmod>{day}</lastmod></url>"
    assert alone in sitemap()
    translated.save_revision().publish()
    both = (
        '<xhtml:link rel="alternate" hreflang="en" href="http://testserver/about/"/>'
        '<xhtml:link rel="alternate" hreflang="es" href="http://testserver/es/about/"/>'
    )
    assert alone not in sitemap()
    assert sitemap().count(both) == 2
    assert sitemap().count("<loc>http://testserver/es/about/</loc>") == 1


def test_manifest_has_site_name_and_existing_icons(home: HomePage, client: Client) -> None:
    found = SiteSettings.for_site(Site.objects.get())
    found.organization = "River Alliance"
    found.save()
    response = client.get("/manifest.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    assert manifest["name"] == "River Alliance"
    assert manifest["icons"]
    assert all(finders.find(icon["src"].removeprefix("/static/")) for icon in manifest["icons"])
    page = client.get("/")
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page.content.decode()
    assert "manifest-src 'self'" in page["Content-Security-Policy"]


def test_llms_txt_does_not_exist(home: HomePage, client: Client) -> None:
    assert client.get("/llms.txt").status_code == 404


def test_robots_txt_names_sitemap(home: HomePage, client: Client) -> None:
    robots = client.get("/robots.txt")
    assert robots["Content-Type"].startswith("text/plain")
    assert "Sitemap: http://testserver/sitemap.xml" in robots.content.decode()


def test_security_txt_needs_contact_and_expires_within_a_year(
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


def test_share_picture_requires_social_consent(home: HomePage, client: Client) -> None:
    photo = factories.picture(size=(60, 40), consent=factories.consent(for_social=False))
    factories.StandardPageFactory(parent=home, slug="about", social_picture=photo)
    response = client.get("/about/")
    assert response.status_code == 200
    assert b"og:title" in response.content
    assert b"og:image" not in response.content
    ConsentRecord.objects.update(for_social=True)
    call_command("show_pictures")
    html = client.get("/about/").content.decode()
    assert 'property="og:image" content="http://testserver/media/images/' in html
    assert '<meta name="twitter:card" content="summary_large_image">' in html


def test_share_picture_has_social_size(home: HomePage, client: Client) -> None:
    photo = factories.picture(size=(1800, 1200))
    factories.StandardPageFactory(parent=home, slug="about", social_picture=photo)
    photo.renditions.filter(filter_spec__contains="fill").delete()
    call_command("make_sizes")  # `release` does this at each upgrade
    before = set(photo.renditions.values_list("pk", flat=True))
    html = client.get("/about/").content.decode()
    assert '<meta property="og:image:width" content="1200">' in html
    assert '<meta property="og:image:height" content="630">' in html
    assert set(photo.renditions.values_list("pk", flat=True)) == before


def test_page_without_picture_has_summary_card(home: HomePage, client: Client) -> None:
    assert b'<meta name="twitter:card" content="summary">' in client.get("/").content


def test_page_without_shareable_photo_uses_share_picture_of_site(
    home: HomePage, story_index: StoryIndexPage, client: Client
) -> None:
    photo, portrait = factories.picture(size=(1200, 630)), factories.picture()
    found = SiteSettings.for_site(Site.objects.get())
    found.share_picture = photo
    found.save()
    factories.StandardPageFactory(parent=home, slug="about", listing_picture=factories.drawing())
    consent = factories.consent(for_social=False)
    factories.StoryPageFactory(parent=story_index, slug="told", portrait=portrait, consent=consent)
    for path in ("/", "/about/", "/stories/told/"):
        html = client.get(path).content.decode()
        assert f'og:image" content="http://testserver{photo.shared.url}">' in html
        assert portrait.shared.url not in html
    ConsentRecord.objects.filter(pk=photo.consent_id).update(for_social=False)
    assert b"og:image" not in client.get("/about/").content


def test_share_picture_of_site_rejects_svg(home: HomePage) -> None:
    found = SiteSettings.for_site(Site.objects.get())
    found.share_picture = factories.drawing()
    with pytest.raises(ValidationError) as refused:
        found.clean()
    assert refused.value.message_dict == {
        "share_picture": ["Social media sites do not show SVG drawings. Choose a photo."]
    }


def test_page_has_canonical_url_and_description(home: HomePage, client: Client) -> None:
    factories.StandardPageFactory(parent=home, slug="about", summary="Who we are")
    html = client.get("/about/?utm_source=mail").content.decode()
    assert '<link rel="canonical" href="http://testserver/about/">' in html
    assert '<meta name="description" content="Who we are">' in html
