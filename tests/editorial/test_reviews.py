from datetime import date, timedelta

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from issues.models import IssueIndexPage
from mission.models import HomePage, StandardPage
from staff.models import User
from stories.models import StoryIndexPage
from tests import factories

LONG_AGO, YESTERDAY, TODAY, SOON, FAR_AWAY = -40, -1, 0, 10, 31  # days from now


def day(distance: int) -> date:
    return localdate() + timedelta(days=distance)


@pytest.fixture
def owner(db: None) -> User:
    return factories.UserFactory(username="ana", email="ana@example.org")


def page(home: HomePage, days: int | None, **values: object) -> StandardPage:
    """A page whose next review is in `days` days."""
    next_review = None if days is None else day(days)
    return factories.StandardPageFactory(parent=home, next_review=next_review, **values)


def run() -> None:
    call_command("mail_due_reviews")


def test_review_mail_lists_due_pages_of_owner_once(
    home: HomePage, owner: User, mailoutbox: list[EmailMessage]
) -> None:
    old = page(home, LONG_AGO, title="Old", owner=owner)
    page(home, TODAY, title="New", owner=owner)
    page(home, SOON, title="Later", owner=owner)
    page(home, LONG_AGO, title="Hidden", owner=owner, live=False)
    page(home, None, title="Never", owner=owner)
    run()
    run()
    (mail,) = mailoutbox
    assert mail.to == ["ana@example.org"]
    assert mail.subject == "2 pages are due for review"
    assert mail.body.index("Old") < mail.body.index("New")
    assert f"/admin/pages/{old.pk}/edit/" in mail.body
    for left_out in ("Later", "Hidden", "Never"):
        assert left_out not in mail.body
    old.next_review = day(YESTERDAY)
    old.save()
    run()
    assert [mail.subject for mail in mailoutbox[1:]] == ["A page is due for review"]


def test_review_mail_goes_to_administrators_without_owner(
    home: HomePage, mailoutbox: list[EmailMessage]
) -> None:
    factories.UserFactory(email="admin@example.org", is_superuser=True)
    gone = factories.UserFactory(email="gone@example.org", is_active=False)
    page(home, TODAY, owner=gone)
    run()
    assert [mail.to for mail in mailoutbox] == [["admin@example.org"]]


def test_review_mail_omits_story_title(
    story_index: StoryIndexPage, owner: User, mailoutbox: list[EmailMessage]
) -> None:
    factories.StoryPageFactory(
        parent=story_index, title="Ana's winter", slug="x", next_review=day(TODAY), owner=owner
    )
    run()
    assert "winter" not in mailoutbox[0].body
    assert mailoutbox[0].body.startswith("Story, ")


def test_review_report_lists_overdue_pages_first(
    home: HomePage, issue_index: IssueIndexPage, owner: User, admin_client: Client
) -> None:
    page(home, SOON, title="Later", owner=owner)
    factories.IssuePageFactory(
        parent=issue_index, title="Old", next_review=day(LONG_AGO), owner=owner
    )
    page(home, FAR_AWAY, title="Far away")
    html = admin_client.get(reverse("reviews_report")).content.decode()
    assert html.index(">Old</a>") < html.index("overdue") < html.index(">Later</a>")
    assert "ana" in html
    assert "Far away" not in html
    table = admin_client.get(reverse("reviews_report"), {"export": "csv"}).getvalue().decode()
    assert "Old" in table.splitlines()[1]
    assert reverse("reviews_report") in admin_client.get("/admin/").content.decode()


def test_review_report_requires_edit_permission(home: HomePage, client: Client) -> None:
    client.force_login(factories.UserFactory())
    assert client.get(reverse("reviews_report")).status_code == 302


def test_next_review_date_is_shown_until_overdue(home: HomePage, client: Client) -> None:
    about = page(home, SOON, slug="about")
    assert "Next review" in client.get("/about/").content.decode()
    about.next_review = day(LONG_AGO)
    about.save()
    assert "Next review" not in client.get("/about/").content.decode()
