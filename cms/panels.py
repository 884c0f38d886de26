"""What the dashboard tells: short lists, each with a way to all of it, and none that is empty."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlencode

from django.db.models import F, Max, Min, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone_name, localdate, localtime, now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.ui.components import Component
from wagtail.models import Page, Revision, TaskState
from wagtail.permissions import page_permission_policy
from wagtail.query import PageQuerySet

from cms.views import broken_links
from consent import registry
from editorial.reviews.mails import due_by
from staff.models import User
from stories.contacts import Contact
from stories.models import StoryPage

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SHOWN = 5
REVIEW_AHEAD = timedelta(days=30)
CONSENT_AHEAD = timedelta(days=60)


class Row(NamedTuple):
    title: str
    url: str
    note: str


class Panel(Component):
    """A few rows that link to what is to be edited."""

    template_name = "cms/panel.html"
    name: str
    heading: "StrOrPromise"
    # What to say when there is nothing; without it the panel is left out.
    nothing: "StrOrPromise" = ""

    def __init__(self, request: HttpRequest, order: int) -> None:
        self.user, self.order = cast("User", request.user), order

    def rows(self) -> list[Row]:
        raise NotImplementedError

    def all_url(self) -> str:
        raise NotImplementedError

    def get_context_data(self, parent_context: Mapping[str, Any]) -> Mapping[str, Any]:
        rows = self.rows()
        return {
            "panel": self,
            "rows": rows[:SHOWN],
            "all_url": self.all_url() if len(rows) > SHOWN else "",
            "count": len(rows),
        }


class Drafts(Panel):
    """What waits for its author: sent back, or not finished. Tasks stand above, in Wagtail's."""

    name, heading = "my-drafts", _("Your drafts")
    nothing = _("Nothing needs your attention.")

    def rows(self) -> list[Row]:
        return [
            Row(page.get_admin_display_title(), _edit(page), _state(page))
            for page in sorted(my_drafts(self.user), key=lambda page: not _sent_back(page))
        ]

    def all_url(self) -> str:
        return _listing(self.user, status="draft", owner=self.user.pk)

    def get_context_data(self, parent_context: Mapping[str, Any]) -> Mapping[str, Any]:
        context = super().get_context_data(parent_context)
        waits = TaskState.objects.reviewable_by(self.user).exists() or unanswered(self.user)
        return {**context, "nothing": "" if waits else self.nothing}


class SentStories(Panel):
    """Of people who wait for an answer."""

    name, heading = "sent-stories", _("Stories sent to us")

    def rows(self) -> list[Row]:
        return [
            Row(
                contact.page.get_admin_display_title(),
                reverse("stories_answer", args=[contact.page_id]),
                gettext("Answer before %(day)s") % {"day": date_format(contact.ends_at)},
            )
            for contact in unanswered(self.user)
        ]

    def all_url(self) -> str:
        return f"{reverse('all-stories:index')}?status=draft"


class Scheduled(Panel):
    """What goes live by itself."""

    name, heading = "goes-live-next", _("Goes live next")

    def rows(self) -> list[Row]:
        revisions = Revision.page_revisions.filter(approved_go_live_at__gt=now())
        dates = {
            int(pk): at for pk, at in revisions.values_list("object_id", "approved_go_live_at")
        }
        pages = _editable(self.user).filter(pk__in=dates)
        return [
            Row(page.get_admin_display_title(), _edit(page), with_time_zone(dates[page.pk]))
            for page in sorted(pages, key=lambda page: dates[page.pk])
        ]

    def all_url(self) -> str:
        return _listing(self.user, status="scheduled")


class Reviews(Panel):
    """What somebody should read again."""

    name, heading = "due-for-review", _("Due for review")

    def rows(self) -> list[Row]:
        pages = due_by(localdate() + REVIEW_AHEAD, _editable(self.user))
        return [
            Row(page.get_admin_display_title(), _edit(page), _due(page.next_review))
            for page in pages
        ]

    def all_url(self) -> str:
        return _listing(self.user, review="due")


class Consents(Panel):
    """Pictures and stories that will come down by themselves."""

    name, heading = "consent-ends", _("Consent ends")

    def rows(self) -> list[Row]:
        today, finder = localdate(), AdminURLFinder(self.user)
        things = registry.ending(expires_on__gt=today, expires_on__lte=today + CONSENT_AHEAD)
        return [
            Row(str(thing), url, f"{thing.kind}, {date_format(thing.expires_on)}")
            for thing in things
            if thing.expires_on and (url := finder.get_edit_url(thing))
        ]

    def all_url(self) -> str:
        return reverse("consent_report")


class BrokenLinks(Panel):
    """What our pages lead to and is no longer there."""

    name, heading = "broken-links", _("Broken links")

    def rows(self) -> list[Row]:
        rows = []
        for link in broken_links(self.user):
            thing, url = link.on[0]  # type: ignore[attr-defined]  # see broken_links
            rows.append(Row(str(thing), url, f"{link}: {link.get_answer_display()}"))
        return rows

    def all_url(self) -> str:
        return reverse("broken_links_report")


class Edge(Panel):
    """Says that readers may see old pages, because a network in front of us was not reached."""

    name, heading = "edge", _("Readers may see outdated pages")

    def get_context_data(self, parent_context: Mapping[str, Any]) -> Mapping[str, Any]:
        words = _(
            "The content delivery network (CDN) has not received page changes since %(time)s."
        )
        since = cdn_not_purged_since()
        time = since and with_time_zone(since)
        return {"panel": self, "nothing": words % {"time": time} if time else ""}


OWN = (Edge, SentStories, Drafts, Scheduled, Reviews, Consents, BrokenLinks)


def cdn_not_purged_since() -> datetime | None:
    """When the oldest change was made that it did not take, if it took none since."""
    jobs = ProcrastinateJob.objects.filter(task_name="purge_cdn")
    done = jobs.filter(status="succeeded").aggregate(Max("pk"))["pk__max"] or 0
    failed = jobs.filter(pk__gt=done, attempts__gt=0).order_by("pk").first()
    if failed is None:
        return None
    return ProcrastinateEvent.objects.filter(job=failed).aggregate(Min("at"))["at__min"]


def unanswered(user: User) -> QuerySet[Contact]:
    """Whose stories wait for an answer by `user`."""
    contacts = Contact.objects.select_related("page").order_by("sent_at")
    return contacts if user.has_perm(StoryPage.publish_right) else contacts.none()


def my_drafts(user: User) -> QuerySet:
    """What `user` began or changed last, newer than what readers see. Not what was taken down."""
    mine = Q(owner=user) | Q(latest_revision__user=user)
    newer = Q(last_published_at=None) | Q(latest_revision_created_at__gt=F("last_published_at"))
    pages = _editable(user).filter(mine, newer, Q(live=False) | Q(has_unpublished_changes=True))
    waiting = pages.filter(expired=False, alias_of=None).exclude(pk__in=scheduled())
    return waiting.order_by("-latest_revision_created_at").prefetch_workflow_states()


def scheduled() -> list[int]:
    """The keys of the pages that are to go live by themselves."""
    waiting = Revision.page_revisions.filter(approved_go_live_at__isnull=False)
    return [int(pk) for pk in waiting.values_list("object_id", flat=True)]


def with_time_zone(moment: datetime) -> str:
    return f"{date_format(localtime(moment), 'DATETIME_FORMAT')} ({get_current_timezone_name()})"


def _editable(user: User) -> PageQuerySet:
    pages = page_permission_policy.instances_user_has_permission_for(user, "change")
    return pages.filter(depth__gt=1)


def _edit(page: Page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def _listing(user: User, **filters: object) -> str:
    """The list of all pages, narrowed."""
    root = page_permission_policy.explorable_root_instance(user)
    query = urlencode({**filters, "search_all": "true"})
    return f"{reverse('wagtailadmin_explore', args=[root.pk])}?{query}" if root else ""


def _sent_back(page: Page) -> bool:
    state = page.current_workflow_state
    return bool(state and state.status == state.STATUS_NEEDS_CHANGES)


def _state(page: Page) -> str:
    state = page.current_workflow_state
    if _sent_back(page):
        words = gettext("Sent back: %(comment)s")
        comment = state.current_task_state.comment
        return words % {"comment": comment} if comment else gettext("Sent back")
    if state:
        return gettext("Waiting for: %(task)s") % {"task": state.current_task_state.task.name}
    return gettext("Changes not public yet") if page.live else gettext("Not public yet")


def _due(day: date) -> str:
    words = gettext("Overdue since %(day)s") if day < localdate() else gettext("Due on %(day)s")
    return words % {"day": date_format(day)}
