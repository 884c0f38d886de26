from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from wagtail.users.models import UserProfile

from staff.models import User
from tests.pictures.sample_photographs import photograph


def test_account_has_no_avatar_upload(admin_client: Client) -> None:
    """Avatars would be stored with metadata. The CMS would fail, because avatars have no URL."""
    html = admin_client.get("/admin/account/").content.decode()
    assert 'name="name_email-first_name"' in html
    assert "profile picture" not in html
    assert 'type="file"' not in html
    response = admin_client.post(
        "/admin/account/",
        {
            "avatar-avatar": SimpleUploadedFile("me.jpg", photograph("JPEG")),
            "name_email-first_name": "Rui",
            "name_email-last_name": "Li",
            "name_email-email": "rui@example.org",
            "locale-preferred_language": "en",
            "locale-current_time_zone": "America/New_York",
            "theme-theme": "dark",
            "theme-density": "default",
            "theme-contrast": "system",
            "theme-keyboard_shortcuts": "on",
        },
    )
    assert response.status_code == 302
    assert not list(Path(settings.MEDIA_ROOT).glob("avatar_images/*"))
    profile = UserProfile.objects.get()
    assert (profile.user.first_name, profile.theme, profile.avatar.name) == ("Rui", "dark", "")
    assert admin_client.get("/admin/").status_code == 200


@pytest.mark.parametrize("path", ["/account/second-step/", "/admin/not-here/"])
def test_pages_outside_wagtails_views_use_the_language_of_the_account(
    admin_client: Client, admin_user: User, path: str
) -> None:
    english = admin_client.get(path).content.decode()
    UserProfile.objects.create(user=admin_user, preferred_language="es")
    spanish = admin_client.get(path, headers={"accept-language": "en"}).content.decode()
    assert '<html lang="en"' in english
    assert '<html lang="es"' in spanish


def test_account_offers_only_the_languages_of_the_site(admin_client: Client) -> None:
    form = admin_client.get("/admin/account/").context["panels_by_tab"]
    fields = [panel.get_form().fields for panels in form.values() for panel in panels]
    language = next(each["preferred_language"] for each in fields if "preferred_language" in each)
    assert [code for code, _name in language.choices if code] == ["en", "es"]


@pytest.mark.usefixtures("db")
def test_login_uses_the_language_of_the_browser(client: Client) -> None:
    spanish = client.get("/account/login/", headers={"accept-language": "es-MX,es"})
    english = client.get("/account/login/", headers={"accept-language": "de"})
    assert "Iniciar sesión" in spanish.content.decode()
    assert "Sign in" in english.content.decode()
