"""The redirect form and the CSV import of redirects."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import ModelLogEntry

from consent import gone_urls
from consent.old_urls import OldUrl
from editorial.redirects.forms import RedirectForm
from mission.models import HomePage, StandardPage
from stories.models import StoryIndexPage
from tests import factories


@pytest.fixture
def about(story_index: StoryIndexPage, home: HomePage) -> StandardPage:
    """A live page, beside a draft, an empty list of stories and the URL of a withdrawn story."""
    factories.StandardPageFactory(parent=home, slug="draft", live=False)
    gone_urls.store_hashes(gone_urls.path_hashes("/stories/withdrawn/")[:1])
    return factories.StandardPageFactory(parent=home, slug="about", title="About")


def form(old: str, new: str = "", **values: object) -> RedirectForm:
    return RedirectForm({"old_path": old, "redirect_link": new, "is_permanent": True} | values)


@pytest.mark.parametrize(
    "new",
    [
        "/about/",
        "/about",
        " /about/ ",
        "\u200b/ab\xadout/\ufeff",
        "http://testserver/about/",
        "https://localhost/about/",
    ],
)
def test_redirect_form_converts_page_url_to_page(about: StandardPage, new: str) -> None:
    made = form("/?p=937", new).save()
    assert (made.old_path, made.redirect_page_id, made.redirect_link) == ("/?p=937", about.pk, "")


@pytest.mark.parametrize(
    "new", ["/search/?q=words", "/about/#team", "https://www.example.org/x?y=1", "/sitemap.xml"]
)
def test_redirect_form_keeps_other_urls(about: StandardPage, new: str) -> None:
    assert form("/old", new).save().redirect_link == new


def test_redirect_form_removes_invisible_characters_from_other_urls(about: StandardPage) -> None:
    made = form("/old", "https://www.example.org/\u200bx\u200f").save()
    assert made.redirect_link == "https://www.example.org/x"


def test_redirect_to_feed_targets_its_index_page(about: StandardPage, client: Client) -> None:
    made = form("/feed", "/stories/feed/").save()
    assert made.redirect_page.slug == "stories"
    assert client.get("/feed/")["Location"] == "/stories/feed/"


def test_redirect_form_resolves_redirect_chains(about: StandardPage, client: Client) -> None:
    form("/old", "/about/").save()
    assert form("/older", "/old/").save().redirect_page_id == about.pk
    form("/elsewhere", "https://www.example.org/").save()
    assert form("/else", "/elsewhere").save().redirect_link == "https://www.example.org/"


@pytest.mark.parametrize(
    ("old", "new", "field", "sentence"),
    [
        ("about us", "/about/", "old_path", "Begin the old URL with “/”"),
        ("/about/", "/stories/", "old_path", "There is a live page at this URL"),
        ("/about/?utm_source=a", "/stories/", "old_path", "There is a live page at this URL"),
        ("/search/", "/about/", "old_path", "The site itself uses this URL"),
        ("/search/?p=1", "/about/", "old_path", "The site itself uses this URL"),
        ("/search/*", "/about/", "old_path", "The site itself uses this URL"),
        ("/stories?page=2", "/about/", "old_path", "“Stories” at this URL uses “page” itself"),
        ("/#/about", "/about/", "old_path", "Remove “#”"),
        ("/*", "/about/", "old_path", "“*” stands for everything below a path"),
        ("/press/*/kit", "/about/", "old_path", "“*” stands for everything below a path"),
        ("/press*", "/about/", "old_path", "“*” stands for everything below a path"),
        ("/press/*?id=3", "/about/", "old_path", "“*” stands for everything below a path"),
        ("/press/%2A", "/about/", "old_path", "“*” stands for everything below a path"),
        ("/press/%252a", "/about/", "old_path", "“*” stands for everything below a path"),
        *(
            (old, "/about/", "old_path", "The site itself uses URLs below this path")
            for old in ("/documents/*", "/Media/*", "/-/*", "/admin/pages/*", "/./static/x/*")
        ),
        ("/press/*", "https://www.example.org/*", "redirect_link", "without “*”"),
        ("/", "/about/", "old_path", "There is a live page at this URL"),
        ("/stories/withdrawn", "/about/", "old_path", "withdrawn"),
        ("http://[", "/about/", "old_path", "This URL is not valid"),
        ("/old", "", "redirect_link", "Choose a page or enter a URL"),
        ("/old", "about", "redirect_link", "Begin with “/”"),
        ("/old", "//elsewhere.example/", "redirect_link", "Begin with “/”"),
        ("/old", "/\\elsewhere.example/", "redirect_link", "Begin with “/”"),
        ("/old", "javascript:alert(1)", "redirect_link", "Begin with “/”"),
        ("/old", "ftp://www.example.org/", "redirect_link", "Begin with “/”"),
        ("/old", "https://", "redirect_link", "Begin with “/”"),
        ("/old", "https://no host/", "redirect_link", "valid URL"),
        ("/old", "http://[", "redirect_link", "This URL is not valid"),
        ("/old", "/nothing-here/", "redirect_link", "There is nothing public at “/nothing-here/”"),
        ("/old", "/draft/", "redirect_link", "There is nothing public"),
        ("/old", "/old/", "redirect_link", "leads back to the old URL"),
        ("/OLD", "/./old/?utm_source=a", "redirect_link", "leads back to the old URL"),
        ("/press/*", "/press/kit", "redirect_link", "leads back to the old URL"),
        ("/about/?p=1", "/about?p=1#top", "redirect_link", "leads back to the old URL"),
        ("/old", "/stories/withdrawn/", "redirect_link", "There is nothing public"),
    ],
)
def test_redirect_form_rejects_invalid_urls(
    about: StandardPage, old: str, new: str, field: str, sentence: str
) -> None:
    refused = form(old, new)
    assert list(refused.errors) == [field]
    assert sentence in str(refused.errors[field])


@pytest.mark.parametrize(
    "links",
    [
        [("/?p=1", "/?p=2"), ("/?p=2", "/?p=1")],
        [("/?p=1", "/?p=2"), ("/?p=2", "/about/?P=3"), ("/About/?p=3&fbclid=x", "/?%70=1")],
        [("/about/?a=1&b=2", "http://testserver/?p=1"), ("/?p=1", "/about?b=2&a=1&gclid=2")],
    ],
    ids=["two", "three", "parameters"],
)
def test_redirects_that_lead_to_each_other_are_refused(
    about: StandardPage, client: Client, links: list[tuple[str, str]]
) -> None:
    for old, new in links[:-1]:
        form(old, new).save()
    refused = form(*links[-1])
    assert "leads back to the old URL" in str(refused.errors["redirect_link"])
    # Redirects that were stored anyway do not loop.
    Redirect.objects.create(old_path=str(OldUrl.parse(links[-1][0])), redirect_link=links[-1][1])
    for old, _new in links:
        assert client.get(old, follow=True).status_code in {200, 404}, old


def test_redirect_form_rejects_duplicate_old_path(about: StandardPage) -> None:
    Redirect.add_redirect("/old?a=b", about, site=about.get_site())
    for old in ("/old?a=b", "/OLD/?a=b", "/old?a=b&utm_source=c"):
        assert "already redirects to /about/" in str(form(old, "/stories/").errors["old_path"])
    assert not form("/old?a=B", "/stories/").errors


def test_redirect_form_rejects_page_and_url_together(about: StandardPage) -> None:
    refused = form("/old", "/stories/", redirect_page=about.pk)
    assert "Remove one of them" in str(refused.errors["redirect_link"])


def test_cms_redirect_views_use_redirect_form(about: StandardPage, admin_client: Client) -> None:
    data = {"old_path": "/old", "redirect_link": "about"}
    url = reverse("wagtailredirects:add")
    assert "Begin with “/”" in admin_client.post(url, data).content.decode()
    admin_client.post(url, data | {"redirect_link": "/about/"})
    made = Redirect.objects.get()
    response = admin_client.post(reverse("wagtailredirects:edit", args=[made.pk]), data)
    assert "Begin with “/”" in response.content.decode()


@pytest.fixture
def send(admin_client: Client) -> Callable[[bytes], HttpResponse]:
    """Uploads a file, and shows what the import would do."""

    def upload(content: bytes) -> HttpResponse:
        file = SimpleUploadedFile("old.csv", content, "text/csv")
        return admin_client.post(reverse("wagtailredirects:start_import"), {"file": file})

    return upload


def test_redirect_import_saves_valid_lines_and_lists_invalid_ones(
    about: StandardPage, send: Callable, admin_client: Client, client: Client
) -> None:
    lines = (
        "\ufeffOld,New\r\n/?p=937,/about/\r\n\r\n/issues?id=3,/stories/\r\n"
        '/a,"/nothing,here/"\r\n/b\r\nhttps://old.example.org/press/,https://www.example.org/\r\n'
        "/about/,/stories/\r\nhttp://[,/about/\r\n/c,http://[\r\n"
        "/Old Files/*,/press\r\n/Press,/about/\r\n/PRESS/,https://www.example.org/\r\n"
    )
    preview = send(lines.encode()).context
    assert not Redirect.objects.exists()
    assert not ModelLogEntry.objects.filter(action="wagtail.create").exists()
    will_be = [
        (one.redirect.old_path, one.redirect.link) for one in preview["outcomes"] if one.is_new
    ]
    assert will_be == [
        ("/?p=937", "/about/"),
        ("/issues?id=3", "/stories/"),
        ("/press", "https://www.example.org/"),
        ("/Old%20Files/*", "https://www.example.org/"),
    ]
    confirmation = {"text": preview["confirmation"].initial["text"]}
    done = admin_client.post(reverse("wagtailredirects:start_import"), confirmation).context
    for context, outcomes in (
        (preview, [one for one in preview["outcomes"] if one.reasons]),
        (done, done["outcomes"]),
    ):
        assert (context["created"], context["existing"], context["rejected"]) == (4, 1, 6)
        refused = {one.line.number: " ".join(one.reasons) for one in outcomes}
        assert [*refused] == [5, 6, 8, 9, 10, 12]
        assert "There is nothing public" in refused[5]
        assert "Enter two URLs" in refused[6]
        assert "There is a live page" in refused[8]
        assert "This URL is not valid" in refused[9]
        assert "This URL is not valid" in refused[10]
        assert "already redirects elsewhere" in refused[12]
    assert Redirect.objects.count() == 4
    assert client.get("/?p=937")["Location"] == "/about/"
    assert client.get("/issues/?id=3")["Location"] == "/stories/"
    assert client.get("/press")["Location"] == "https://www.example.org/"
    again = send(lines.encode()).context
    assert (again["created"], again["existing"]) == (0, 5)


def test_confirmation_without_lines_begins_again(admin_client: Client) -> None:
    url = reverse("wagtailredirects:start_import")
    assert admin_client.post(url, {"text": "words"})["Location"] == url


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"from,to\n/a,/about/\n", "The first line must be: old,new"),
        (b"\n", "The first line must be"),
        (b"old,new\n/caf\xe9,/about/\n", "CSV UTF-8"),
        (b"PK\x03\x04\x00\x00", "CSV UTF-8"),
        (b"old,new\n" + b"/a,/about/\n" * 1001, "1001 lines"),
    ],
    ids=["headings", "blank", "encoding", "spreadsheet", "long"],
)
def test_redirect_import_rejects_invalid_files(
    about: StandardPage, send: Callable, content: bytes, sentence: str
) -> None:
    assert sentence in str(send(content).context["form"].errors["file"])
    assert not Redirect.objects.exists()


def test_redirect_import_requires_login(client: Client) -> None:
    assert client.get("/admin/redirects/import/")["Location"].startswith("/account/login/")
