"""Dashboard panels, most of them short lists that link to the full list."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlencode

from django.db.models import F, Max, Min, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate, now
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
from editorial.publishing.rules import first_publishing_error
from editorial.reviews.mails import due_by
from site_settings.time_zone import format_with_time_zone
from staff.models import User
from stories.contacts import Contact
from stories.models import StoryPage

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from consent.mixins import HasConsent

MAX_ROWS = 5
REVIEW_AHEAD = timedelta(days=30)
CONSENT_AHEAD = timedelta(days=60)
PUBLISHED_WITHIN = timedelta(minutes=3)  # of the time scheduled, while a worker runs


class Row(NamedTuple):
    title: str
    url: str
    note: str


class Panel(Component):
    """Base class: the first rows of a list, each linking to the page where staff deal with it."""

    template_name = "cms/panel.html"
    name: str
    heading: "StrOrPromise"
    # Text shown when there are no rows; if empty, the panel is hidden.
    empty_text: "StrOrPromise" = ""

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
            "rows": rows[:MAX_ROWS],
            "all_url": self.all_url() if len(rows) > MAX_ROWS else "",
            "count": len(rows),
        }


class Drafts(Panel):
    """The user's drafts, beginning with those sent back.

    Drafts that wait for the user's review are in Wagtail's own panel.
    """

    name, heading = "my-drafts", _("Your drafts")
    empty_text = _("Nothing needs your attention.")

    def rows(self) -> list[Row]:
        return [
            Row(page.get_admin_display_title(), _edit_url(page), _state(page))
            for page in sorted(my_drafts(self.user), key=lambda page: not _sent_back(page))
        ]

    def all_url(self) -> str:
        return _listing_url(self.user, status="draft", owner=self.user.pk)

    def get_context_data(self, parent_context: Mapping[str, Any]) -> Mapping[str, Any]:
        context = super().get_context_data(parent_context)
        has_tasks = TaskState.objects.reviewable_by(self.user).exists()
        is_busy = has_tasks or unanswered_contacts(self.user)
        return {**context, "empty_text": "" if is_busy else self.empty_text}


class SentStories(Panel):
    """Submitted stories whose senders wait for a reply."""

    name, heading = "sent-stories", _("Stories sent to us")

    def rows(self) -> list[Row]:
        return [
            Row(
                contact.page.get_admin_display_title(),
                reverse("stories_contact", args=[contact.page_id]),
                gettext("Answer before %(day)s") % {"day": date_format(contact.ends_at)},
            )
            for contact in unanswered_contacts(self.user)
        ]

    def all_url(self) -> str:
        return f"{reverse('all-stories:index')}?status=draft&locale=all"


class Scheduled(Panel):
    """Pages scheduled to go live, and those that should have gone live already."""

    name, heading = "goes-live-next", _("Goes live next")

    def rows(self) -> list[Row]:
        scheduled = Revision.page_revisions.exclude(approved_go_live_at=None).defer("content")
        revisions = {int(revision.object_id): revision for revision in scheduled}
        pages = _editable(self.user).filter(pk__in=revisions)
        ordered = sorted(pages, key=lambda page: revisions[page.pk].approved_go_live_at)
        return [
            Row(
                page.get_admin_display_title(),
                _edit_url(page),
                # Only pages that the panel shows are checked: the rules need several queries each.
                _describe_schedule(revisions[page.pk], check=index < MAX_ROWS),
            )
            for index, page in enumerate(ordered)
        ]

    def all_url(self) -> str:
        return _listing_url(self.user, status="scheduled")


class Reviews(Panel):
    """Pages whose review is due."""

    name, heading = "due-for-review", _("Due for review")

    def rows(self) -> list[Row]:
        pages = due_by(localdate() + REVIEW_AHEAD, _editable(self.user))
        return [
            Row(page.get_admin_display_title(), _edit_url(page), _due(page.next_review))
            for page in pages
        ]

    def all_url(self) -> str:
        return _listing_url(self.user, review="due")


class Consents(Panel):
    """Pictures and stories that will be unpublished soon because consent ends."""

    name, heading = "consent-ends", _("Consent ends")

    def rows(self) -> list[Row]:
        today, finder = localdate(), AdminURLFinder(self.user)
        items = registry.find_by_date(expires_on__gt=today, expires_on__lte=today + CONSENT_AHEAD)
        # One row per record, because copies and translations share it.
        found: dict[int, HasConsent] = {}
        for item in items:
            if finder.get_edit_url(item):
                found.setdefault(item.consent_id, item)
        return [
            Row(
                str(item),
                reverse("consent:inspect", args=[pk]),
                f"{item.type_name}, {date_format(item.record.expires_on)}",
            )
            for pk, item in found.items()
            if item.record.expires_on
        ]

    def all_url(self) -> str:
        return f"{reverse('consent:index')}?state=soon"


class BrokenLinks(Panel):
    """Links on our pages that no longer work."""

    name, heading = "broken-links", _("Broken links")

    def rows(self) -> list[Row]:
        rows = []
        for link in broken_links(self.user):
            content_object, url = link.used_on[0]  # type: ignore[attr-defined]  # see broken_links
            rows.append(Row(str(content_object), url, f"{link}: {link.get_result_display()}"))
        return rows

    def all_url(self) -> str:
        return reverse("broken_links_report")


class CdnPurges(Panel):
    """Warns that readers may see outdated pages because CDN purges fail."""

    name, heading = "cdn", _("Readers may see outdated pages")

    def get_context_data(self, parent_context: Mapping[str, Any]) -> Mapping[str, Any]:
        message = _(
            "The content delivery network (CDN) has not received page changes since %(time)s."
        )
        since = cdn_not_purged_since()
        time = since and format_with_time_zone(since)
        return {"panel": self, "empty_text": message % {"time": time} if time else ""}


PANELS = (CdnPurges, SentStories, Drafts, Scheduled, Reviews, Consents, BrokenLinks)


def cdn_not_purged_since() -> datetime | None:
    """When the first purge that failed after the last successful purge was queued.

    None if no purge has failed after the last successful purge.
    """
    jobs = ProcrastinateJob.objects.filter(task_name="purge_cdn")
    done = jobs.filter(status="succeeded").aggregate(Max("pk"))["pk__max"] or 0
    failed = jobs.filter(pk__gt=done, attempts__gt=0).order_by("pk").first()
    if failed is None:
        return None
    return ProcrastinateEvent.objects.filter(job=failed).aggregate(Min("at"))["at__min"]


def unanswered_contacts(user: User) -> QuerySet[Contact]:
    """Contact details of senders to whom `user` may reply, oldest first. A reply deletes them."""
    contacts = Contact.objects.select_related("page").order_by("sent_at")
    return contacts if user.has_perm(StoryPage.publish_permission) else contacts.none()


def my_drafts(user: User) -> QuerySet:
    """Pages that `user` owns or edited last, with changes newer than the published version.

    Excludes expired pages, aliases and pages scheduled to go live.
    """
    mine = Q(owner=user) | Q(latest_revision__user=user)
    newer = Q(last_published_at=None) | Q(latest_revision_created_at__gt=F("last_published_at"))
    pages = _editable(user).filter(mine, newer, Q(live=False) | Q(has_unpublished_changes=True))
    drafts = pages.filter(expired=False, alias_of=None).exclude(pk__in=scheduled())
    return drafts.order_by("-latest_revision_created_at").prefetch_workflow_states()


def scheduled() -> list[int]:
    """The pks of the pages that are scheduled to go live."""
    revisions = Revision.page_revisions.filter(approved_go_live_at__isnull=False)
    return [int(pk) for pk in revisions.values_list("object_id", flat=True)]


def _editable(user: User) -> PageQuerySet:
    pages = page_permission_policy.instances_user_has_permission_for(user, "change")
    return pages.filter(depth__gt=1)


def _edit_url(page: Page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def _listing_url(user: User, **filters: object) -> str:
    """URL of the list of all pages, with filters applied; empty if the user may see none."""
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


def _describe_schedule(revision: Revision, *, check: bool) -> str:
    """When the page goes live. If `check` is true, also its first publishing error."""
    moment = cast("datetime", revision.approved_go_live_at)
    words = format_with_time_zone(moment)
    if moment < now() - PUBLISHED_WITHIN:
        words = gettext("Is late. It should have gone live on %(time)s") % {"time": words}
    if check and (reason := first_publishing_error(revision.as_object())):
        refused = gettext("Cannot go live as it is: %(reason)s") % {"reason": reason}
        words = f"{words}. {refused}"
    return words


def _due(day: date) -> str:
    words = gettext("Overdue since %(day)s") if day < localdate() else gettext("Due on %(day)s")
    return words % {"day": date_format(day)}
