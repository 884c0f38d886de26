"""A visitor without JavaScript joins, signs a petition, confirms by email and deletes the data."""

import asyncio
import email
import re
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Page, expect
from procrastinate.contrib.django import app

from actions.models import ActionPage
from actions.signatures import Signature
from tests.browser.navigation import expect_status, visit
from tests.dumps import dump_database

if TYPE_CHECKING:
    from email.message import Message

EMAIL, NAME = "rosa.unspeakable@example.org", "Rosa Unspeakable"


class Mailbox:
    """A local SMTP handler that stores messages."""

    def __init__(self) -> None:
        self.mails: list[Message] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(email.message_from_bytes(envelope.content))
        return "250 OK"

    def confirmation_link(self) -> str:
        """Run the queued jobs and return the link in both parts of the last email."""
        # This thread already runs the event loop of Playwright, so the jobs need another thread.
        worker = threading.Thread(target=lambda: asyncio.run(run_queued_jobs()))
        worker.start()
        worker.join()
        text, html = (
            part.get_payload(decode=True).decode() for part in self.mails[-1].get_payload()
        )
        found = re.search(r"http://\S+/take-part/\w+/[\w:-]{30,}/", text)
        assert found
        assert found[0] in html
        return found[0]


async def run_queued_jobs() -> None:
    with app.replace_connector(app.connector.get_worker_connector()) as worker:
        async with worker.open_async():
            await worker.run_worker_async(
                wait=False, install_signal_handlers=False, listen_notify=False
            )


@pytest.fixture
def mailbox(site: str, settings: Any, database: Callable) -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.SITE_URL = "127.0.0.1", port, site
    with database():
        yield box
    server.stop()


def confirm(page: Page, mailbox: Mailbox) -> None:
    visit(page, urlsplit(mailbox.confirmation_link()).path)
    page.locator("main form button").first.click()


def test_visitor_joins_signs_and_deletes_data(
    new_page: Callable[..., Page], mailbox: Mailbox
) -> None:
    page = new_page(390, javascript=False)
    visit(page, "/")
    page.get_by_role("link", name="Join us").first.click()
    expect_status(page, "/join/", 422)
    page.get_by_label("Email").fill("rosa@")  # mistake: no email address
    page.get_by_role("button", name="Sign me up").click()
    expect(page).to_have_title(re.compile("^Error:"))
    expect(page.locator(".form-errors")).to_be_focused()
    page.locator(".form-errors a").click()
    expect(page.get_by_label("Email")).to_have_value("rosa@")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("ZIP code").fill("87501")
    page.get_by_role("button", name="Sign me up").click()
    expect(page).to_have_url(re.compile("/take-part/mail/$"))
    assert not Signature.objects.get().confirmed_at
    confirm(page, mailbox)
    expect(page).to_have_url(re.compile("/take-part/thanks/[0-9a-f-]+/$"))
    assert Signature.objects.get().confirmed_at

    page.locator("main").get_by_role("link", name="Make drug checking legal").click()
    page.get_by_role("textbox", name="Name").fill(NAME)
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_role("button", name="Sign").click()
    confirm(page, mailbox)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert Signature.objects.exclude(confirmed_at=None).count() == 2
    assert_dump_has_no_personal_data()

    visit(page, "/join/")
    page.get_by_role("link", name="Delete my data").click()
    page.get_by_label("Email").fill(EMAIL.upper())
    page.get_by_role("button", name="Send link").click()
    confirm(page, mailbox)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your data has been deleted")
    assert not Signature.objects.exists()
    assert not page.context.cookies()


def assert_dump_has_no_personal_data() -> None:
    dump = dump_database()
    assert "COPY public.actions_signature" in dump
    assert "send_confirmation_link" in dump  # the mail jobs
    for secret in (EMAIL, EMAIL.partition("@")[0], NAME):
        assert secret.lower() not in dump.lower()


def test_ten_concurrent_posts_create_one_signature(site: str, mailbox: Mailbox) -> None:
    url = f"{site}/make-drug-checking-legal/"
    with urlopen(url) as response:  # noqa: S310
        timestamp = re.search(r'name="timestamp" value="([^"]*)"', response.read().decode())
    assert timestamp
    fields = {"timestamp": timestamp[1], "fax": "", "name": NAME, "email": EMAIL}
    barrier = threading.Barrier(10)

    def post(_number: int) -> str:
        request = Request(url, urlencode(fields).encode(), {"Origin": site})  # noqa: S310
        barrier.wait()
        try:
            with urlopen(request) as response:  # noqa: S310
                return response.url
        except HTTPError as error:
            return str(error.code)

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(post, range(10))) == {f"{site}/take-part/mail/"}
    page = ActionPage.objects.get(slug="make-drug-checking-legal")
    assert Signature.objects.filter(action=page.translation_key).count() == 1
    mailbox.confirmation_link()
    assert len(mailbox.mails) == 1
