"""Translations that readers still find when a page is unpublished or deleted."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.models import Page

from site_settings.time_zone import format_with_time_zone


def live_translations(pages: Sequence[Page], *, below: bool = False) -> list[Page]:
    """The live translations of `pages` that are not in `pages` themselves.

    With `below`, does the same for `pages` and all their descendants together.
    """
    found = Page.objects.none()
    for page in pages:
        found |= page.get_descendants(inclusive=True) if below else Page.objects.filter(pk=page.pk)
    keys = found.values_list("translation_key", flat=True)
    others = Page.objects.live().filter(translation_key__in=keys).exclude(pk__in=found.values("pk"))
    return list(others.select_related("locale").specific().order_by("path"))


def after_edit_page(request: HttpRequest, page: Page) -> None:
    """If live translations do not expire at the same time as the page, say so."""
    is_autosave = "application/json" in request.headers.get("Accept", "")
    if is_autosave or "expire_at" not in request.POST:
        return
    others = [other for other in live_translations([page]) if other.expire_at != page.expire_at]
    if others:
        sentence = gettext(
            "These pages do not expire at the same time as this page: %(pages)s. To give a "
            "translation the new schedule, publish the translation again after this page."
        )
        buttons = [
            messages.button(reverse("wagtailadmin_pages:edit", args=[other.pk]), other.title)
            for other in others
            if other.permissions_for_user(request.user).can_edit()
        ]
        names = ", ".join(map(_name_with_expiry, others))
        messages.warning(request, sentence % {"pages": names}, buttons=buttons)


def _name_with_expiry(page: Page) -> str:
    words = gettext("expires on %(time)s") if page.expire_at else gettext("does not expire")
    time = page.expire_at and format_with_time_zone(page.expire_at)
    return f"{name_in_language(page)}: {words % {'time': time}}"


def may_take_down(page: Page, user: AbstractUser | AnonymousUser, action: str) -> bool:
    """Whether the user may take this page down; `action` is “unpublish” or “delete”."""
    permissions = page.permissions_for_user(user)
    return permissions.can_unpublish() if action == "unpublish" else permissions.can_delete()


def name_in_language(page: Page) -> str:
    names = {"title": page.get_admin_display_title(), "language": page.locale.get_display_name()}
    return gettext("“%(title)s” (%(language)s)") % names


def bulk_url(pages: Sequence[Page], action: str, next_url: str) -> str:
    """URL of Wagtail's page that unpublishes or deletes several pages."""
    query = [*(("id", page.pk) for page in pages), ("next", next_url)]
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", action])
    return f"{url}?{urlencode(query)}"
