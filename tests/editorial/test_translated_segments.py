"""Segments of a translation: locks and PO files."""

import re
from html import unescape
from urllib.parse import urlencode

import polib
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from wagtail_localize.models import (
    OverridableSegment,
    SegmentOverride,
    StringSegment,
    StringTranslation,
    Translation,
)

from mission.models import HomePage, StandardPage
from staff.models import User
from tests import factories
from tests.test_roles import client_for
from tests.translation_workflow import begin, spanish, write

FORM = "application/x-www-form-urlencoded"
MISSING = "new words of another version"


@pytest.fixture
def translation(home: HomePage) -> Translation:
    home.copy_for_translation(spanish()).save_revision().publish()
    original = factories.StandardPageFactory(parent=home, slug="original")
    segments = begin(original)
    write(segments)
    segments.save_target(publish=False)
    return segments


@pytest.fixture
def page(translation: Translation) -> StandardPage:
    return translation.get_target_instance()


def picture_segment(translation: Translation) -> OverridableSegment:
    return OverridableSegment.objects.get(source=translation.source, context__path="lead_picture")


@pytest.fixture
def with_picture(home: HomePage) -> Translation:
    home.copy_for_translation(spanish()).save_revision().publish()
    original = factories.StandardPageFactory(parent=home, lead_picture=factories.drawing())
    segments = begin(original)
    write(segments)
    segments.save_target(publish=False)
    return segments


def override_url(translation: Translation) -> str:
    """The URL that saves another picture for the translation."""
    segment = picture_segment(translation)
    return reverse("wagtail_localize:edit_override", args=[translation.pk, segment.pk])


def segment_of(translation: Translation) -> StringSegment:
    return StringSegment.objects.get(source=translation.source, context__path="title")


def changes(translation: Translation) -> list[tuple[str, str]]:
    """The method and the URL of each way to change what is translated."""
    title = segment_of(translation)
    override = OverridableSegment.objects.create(
        source=translation.source, context=title.context, order=1, data_json="1"
    )
    text = reverse("wagtail_localize:edit_string_translation", args=[translation.pk, title.pk])
    value = reverse("wagtail_localize:edit_override", args=[translation.pk, override.pk])
    return [(method, url) for method in ("put", "delete") for url in (text, value)]


def stored(translation: Translation) -> list:
    texts = StringTranslation.objects.order_by("pk").values_list("data", flat=True)
    return [*texts, *SegmentOverride.objects.values_list("data_json", flat=True)]


def upload(client: Client, translation: Translation, file: bytes | None) -> str:
    url = reverse("wagtail_localize:upload_pofile", args=[translation.pk])
    data = {} if file is None else {"file": SimpleUploadedFile("es.po", file)}
    return client.post(url, data, follow=True).content.decode()


def po_file(translation: Translation, **words: str) -> bytes:
    """A PO file with these translations, by original text."""
    catalog = translation.export_po()
    for entry in catalog:
        entry.msgstr = words.get(entry.msgctxt, "")
    return str(catalog).encode()


def test_translation_does_not_change_while_it_waits_for_approval(
    translation: Translation, page: StandardPage
) -> None:
    page.get_workflow().start(page, User.objects.create_superuser("requester"))
    before, writer, editor = stored(translation), client_for("Writers"), client_for("Editors")
    for method, url in changes(translation):
        data = urlencode({"value": "9"})
        answer = getattr(writer, method)(url, data, content_type=FORM)
        # Otherwise, the script of the editor shows “Server error”.
        assert answer.status_code == (200 if method == "put" else 403)
        assert "waits for an approval" in answer.json()["error"]
    html = upload(writer, translation, po_file(translation, title="Nadie lo leyó"))
    assert "waits for an approval" in html
    assert stored(translation) == before
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert "&quot;isLocked&quot;: true" in writer.get(edit).content.decode()
    # Those who approve it may correct it.
    assert "&quot;isLocked&quot;: false" in editor.get(edit).content.decode()
    url = changes(translation)[0][1]
    assert editor.put(url, urlencode({"value": "Bien"}), content_type=FORM).status_code == 200
    assert "Bien" in stored(translation)


def test_locked_translation_is_not_published(
    translation: Translation, page: StandardPage, admin_client: Client
) -> None:
    page.locked, page.locked_by = True, User.objects.create_superuser("keeper")
    page.save()
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    html = admin_client.post(edit, {"action": "publish"}, follow=True).content.decode()
    assert "This translation is locked" in html
    page.refresh_from_db()
    assert not page.live


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (None, "Choose a PO file first."),
        (b"", "does not belong to this translation"),
        (b'msgid "a"\nmsgstr "b"\n', "does not belong to this translation"),
        (b"\xff\xfe\0", "is not a PO file"),
        (b"no catalog", "is not a PO file"),
        (b"\0", "is not a PO file"),
    ],
)
def test_unusable_file_is_refused(
    translation: Translation, admin_client: Client, file: bytes | None, message: str
) -> None:
    before = stored(translation)
    assert message in upload(admin_client, translation, file)
    assert stored(translation) == before


def test_import_does_not_count_obsolete_entries(
    translation: Translation, admin_client: Client
) -> None:
    catalog = polib.pofile(po_file(translation, title="Título nuevo").decode())
    old = polib.POEntry(msgid=MISSING, msgctxt="title", msgstr="Ya no aparece", obsolete=True)
    catalog.append(old)
    html = upload(admin_client, translation, str(catalog).encode())
    assert "1 translation of the file is saved." in html
    assert "was not saved" not in html


def test_import_says_what_it_did_not_save(translation: Translation, admin_client: Client) -> None:
    catalog = polib.pofile(po_file(translation, title="Título nuevo").decode())
    catalog.append(polib.POEntry(msgid=MISSING, msgctxt="title", msgstr="No aparece"))
    html = upload(admin_client, translation, str(catalog).encode())
    assert "1 translation of the file is saved." in html
    assert "1 translation was not saved" in html
    assert MISSING in html
    assert "Título nuevo" in stored(translation)
    assert "Nothing was changed" in upload(admin_client, translation, po_file(translation))


def urls_in_editor(client: Client, page: StandardPage) -> list[str]:
    """The URLs to which the editor sends segments."""
    html = unescape(client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode())
    return re.findall(r'"editUrl": "([^"]+)"', html)


def url_of(segment: StringSegment | OverridableSegment, urls: list[str]) -> str:
    name = "strings" if isinstance(segment, StringSegment) else "overrides"
    return next(url for url in urls if f"/{name}/{segment.pk}/" in url)


def test_translation_that_replaces_a_newer_one_quotes_it(
    translation: Translation, page: StandardPage
) -> None:
    """Two people have the editor of the same translation open."""
    title, one, other = segment_of(translation), client_for("Editors"), client_for("Writers")
    urls = {client: url_of(title, urls_in_editor(client, page)) for client in (one, other)}

    def save(client: Client, words: str) -> str:
        response = client.put(urls[client], urlencode({"value": words}), content_type=FORM)
        assert words in stored(translation)
        return response.json()["error"] or ""

    assert save(one, "Primero") == ""
    assert save(one, "Segundo") == ""  # one's own
    assert "replaces what" in (error := save(other, "Tercero"))
    assert "“Segundo”" in error
    assert "“Tercero”" in save(one, "Cuarto")
    assert save(other, "Cuarto") == ""  # the same words
    urls[other] = url_of(title, urls_in_editor(other, page))
    assert save(other, "Quinto") == ""  # after the newer one was shown


def test_choice_that_replaces_a_newer_one_says_so(with_picture: Translation) -> None:
    one, other = client_for("Editors"), client_for("Writers")
    url = f"{override_url(with_picture)}?{urlencode({'opened_at': now().isoformat()})}"
    values = [urlencode({"value": factories.drawing(title).pk}) for title in ("One", "Two")]
    first = one.put(url, values[0], content_type=FORM).json()
    assert not first["error"]
    second = other.put(url, values[1], content_type=FORM).json()
    assert "replaces what" in second["error"]


def test_old_file_does_not_replace_newer_translations(
    translation: Translation, page: StandardPage, admin_client: Client
) -> None:
    file = po_file(translation, title="Del archivo")
    url = url_of(segment_of(translation), urls_in_editor(admin_client, page))
    admin_client.put(url, urlencode({"value": "Más nuevo"}), content_type=FORM)
    html = upload(admin_client, translation, file)
    assert "1 translation of the file was not saved, because somebody changed it here" in html
    assert "is saved" not in html
    assert "Nothing was changed" not in html
    assert "Más nuevo" in stored(translation)
    # After a new download, the translation can be corrected more than once.
    file = po_file(translation, title="Corregido")
    assert "1 translation of the file is saved." in upload(admin_client, translation, file)
    file = file.replace(b"Corregido", b"Otra vez")
    assert "1 translation of the file is saved." in upload(admin_client, translation, file)
    assert "Otra vez" in stored(translation)


@pytest.mark.parametrize("value", ["99999", "9" * 30, "x", "", "null"])
def test_picture_that_does_not_exist_is_refused(
    with_picture: Translation, admin_client: Client, value: str
) -> None:
    segment = picture_segment(with_picture)
    response = admin_client.put(
        override_url(with_picture), urlencode({"value": value}), content_type=FORM
    )
    assert response.status_code in (200, 201)
    assert response.json()["error"].startswith("This was not saved.")
    assert response.json()["data"] == segment.data
    assert not SegmentOverride.objects.exists()


def test_override_by_deleted_picture_is_removed_with_a_warning(
    with_picture: Translation, admin_client: Client
) -> None:
    other = factories.drawing("Other")
    data = urlencode({"value": other.pk})
    saved = admin_client.put(override_url(with_picture), data, content_type=FORM)
    assert not saved.json()["error"]
    other.delete()
    page = with_picture.get_target_instance()
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    html = admin_client.post(edit, {"action": "publish"}, follow=True).content.decode()
    assert "1 picture, file or page that was chosen for this translation has been deleted." in html
    assert not SegmentOverride.objects.exists()
