"""Redirects apply to their old URL in all ways to write it."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.contrib.redirects.models import Redirect

from consent.old_urls import MAX_LENGTH, OldUrl
from editorial.publishing.unpublish import add_redirect
from editorial.redirects.forms import RedirectForm
from mission.models import HomePage, StandardPage
from tests import factories

# Keys: old URLs as an editor enters them. Values: the old URL as it is stored, paths that the
# redirect applies to, and paths that it does not apply to.
OLD_URLS: dict[str, tuple[str, list[str], list[str]]] = {
    "/files/Our Report 2019.pdf": (
        "/files/Our%20Report%202019.pdf",
        ["/files/Our%20Report%202019.pdf", "/files/our%20report%202019.PDF"],
        [],
    ),
    "/Press/Kit": ("/Press/Kit", ["/Press/Kit/", "/press/kit", "/PRESS/KIT/"], ["/press"]),
    "/An\u0303o": ("/Año", ["/A%C3%B1o/", "/a%C3%B1o/", "/A%C3%91O", "/an%CC%83o"], ["/ano"]),
    "/caf%E9": ("/caf%E9", ["/caf%E9", "/CAF%e9/"], ["/caf%C3%A9", "/cafe"]),
    "/a%28b%29/100%25": ("/a(b)/100%25", ["/a(b)/100%25", "/a%28b%29/100%25/"], ["/a(b)/100"]),
    "/a/./b/../c//": ("/a/c", ["/a/c", "/a//c/"], []),
    "\u200b/vi\xadgil\ufeff/\u2060": ("/vigil", ["/vigil", "/vi%E2%80%8Bgil/%EF%BB%BF"], []),
    "/old?i\u200bd=\u200e4": ("/old?id=4", ["/old?id=4", "/old?id=%E2%80%8E4"], ["/old?id=3"]),
    "/old": ("/old", ["/old", "/old/?x=1", "/old?utm_source=a"], ["/old/x", "/older"]),
    "/old?id=3": (
        "/old?id=3",
        ["/old/?id=3", "/old?id=3&utm_source_platform=a", "/old?gad_campaignid=1&id=3"],
        ["/old", "/old?id=31", "/old?id=3&page=2"],
    ),
    "/old?b=2&a=x%26y": ("/old?a=x%26y&b=2", ["/old/?a=x%26y&b=2", "/old?b=2&a=x%26y"], []),
    "/?p=937&fbclid=1": ("/?p=937", ["/?p=937", "/?akid=1.2.x&p=937", "/?p=937&mkt_tok=a"], []),
    "/old?utm_source=a": ("/old", ["/old/", "/old?refcode2=x"], []),
    "/press/2019/*": (
        "/press/2019/*",
        ["/press/2019", "/press/2019/a/b/?c=d", "/Press/2019/a%20b"],
        ["/press", "/press/20190", "/press/2020/a"],
    ),
}


@pytest.fixture
def target(home: HomePage) -> StandardPage:
    return factories.StandardPageFactory(parent=home, slug="target")


@pytest.mark.parametrize("entered", OLD_URLS)
def test_redirect_applies_to_its_url_in_all_spellings(
    target: StandardPage, client: Client, entered: str
) -> None:
    stored, matching, others = OLD_URLS[entered]
    redirect = RedirectForm({"old_path": entered, "redirect_link": "/target/"}).save()
    assert redirect.old_path == stored
    assert str(OldUrl.parse(stored)) == stored == Redirect.normalise_path(stored)
    for path in matching:
        assert client.get(path).get("Location") == "/target/", path
    for path in others:
        assert client.get(path).get("Location") != "/target/", path


def test_most_specific_redirect_applies(target: StandardPage, client: Client) -> None:
    for old in ("/a/*", "/a/b", "/a/b?id=3", "/a/b/*", "/A/B"):
        Redirect.add_redirect(old, f"https://example.org/{old.count('/')}{old[-1]}")
    for path, end in {
        "/a/b?id=3": "23",
        "/a/b?id=4": "2b",
        "/A/B": "2B",
        "/a/b/c": "3*",
        "/a/c": "2*",
    }.items():
        assert client.get(path)["Location"] == f"https://example.org/{end}", path


def test_page_comes_before_redirects(target: StandardPage, client: Client) -> None:
    factories.StandardPageFactory(parent=target, slug="below")
    for old in ("/Target", "/target/*"):
        Redirect.add_redirect(old, "https://example.org/")
    assert client.get("/target/below/").status_code == 200
    assert client.get("/target/").status_code == 200
    assert client.get("/TARGET/")["Location"] == "https://example.org/"
    assert client.get("/target/other/")["Location"] == "https://example.org/"


def rename_letter_case(page: StandardPage) -> str:
    page.slug = "Target"
    page.save_revision().publish()
    return "/target/"


def unpublish(page: StandardPage) -> str:
    other = factories.StandardPageFactory(parent=page.get_parent(), slug="Año", live=False)
    add_redirect(other, page)
    return "/AN%CC%83O/"


@pytest.mark.parametrize("change", [rename_letter_case, unpublish])
def test_redirects_made_automatically_ignore_spelling(
    target: StandardPage,
    client: Client,
    django_capture_on_commit_callbacks: Callable,
    change: Callable,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        old = change(target)
    target.refresh_from_db()
    assert client.get(old)["Location"] == target.url


@pytest.mark.parametrize(
    ("path", "queries"),
    [("/not/here/", 1), ("/not/here/?x=1", 1), ("/A%C3%B1o/", 1), ("/?utm_source=a", 0)],
)
def test_redirects_take_one_query(home: HomePage, client: Client, path: str, queries: int) -> None:
    with CaptureQueriesContext(connection) as found:
        client.get(path)
    assert sum("redirects_redirect" in one["sql"] for one in found) == queries


def test_old_urls_fit_into_their_column(home: HomePage) -> None:
    assert Redirect._meta.get_field("old_path").max_length == MAX_LENGTH
    short, long = f"/{'é' * 254}", f"/{'é' * 255}"
    for url in (short, short.replace("é", "e\u0301"), short.replace("é", "%C3%A9")):
        assert not RedirectForm({"old_path": url, "redirect_link": "/"}).errors
    refused = RedirectForm({"old_path": long, "redirect_link": "/"}).errors["old_path"]
    assert "has 256 characters" in refused[0]
    assert OldUrl.parse(long).candidates() == []
