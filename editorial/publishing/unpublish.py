"""Unpublishing with a redirect to another page."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.pages import unpublish
from wagtail.admin.widgets import AdminPageChooser
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from consent.old_urls import OldUrl
from editorial.public_pages import public_url
from editorial.redirects.lookup import find_redirects
from editorial.redirects.middleware import redirect_path


class RedirectTargetForm(forms.Form):
    send_to = forms.ModelChoiceField(
        Page.objects.all(),
        label=_("Send readers to"),
        required=False,
        widget=AdminPageChooser(),
        help_text=_(
            "Old links will lead to this page. If you leave this empty, they will lead to a "
            "“page not found” error."
        ),
    )

    def __init__(self, *args: Any, to_unpublish: Iterable[Page] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unpublished_pks = {page.pk for page in to_unpublish}

    def clean_send_to(self) -> Page | None:
        page = self.cleaned_data["send_to"]
        if page and page.pk in self.unpublished_pks:
            raise ValidationError(_("You are unpublishing this page. Choose another one."))
        if page and not public_url(page):
            sentence = _("Readers cannot see “%(title)s”. Choose a public page.")
            raise ValidationError(sentence % {"title": page.title})
        return page


# Wagtail 8.0 renamed `Unpublish` to `UnpublishView`. In older versions, its module also has
# a generic `UnpublishView`, which snippets use, so `Unpublish` is tried first.
WagtailUnpublish: Any = getattr(unpublish, "Unpublish", None) or unpublish.UnpublishView


class Unpublish(WagtailUnpublish):
    """Wagtail's view with an optional redirect target."""

    template_name = "editorial/unpublish.html"
    form: RedirectTargetForm | None = None

    def pages_to_unpublish(self) -> list[Page]:
        """The live pages to unpublish."""
        pages = [page for page in self.get_objects_to_unpublish() if page.live]
        if self.request.POST.get("include_descendants"):
            below = [page.get_descendants().live() for page in pages]
            pages += [page for found in below for page in found]
        return pages

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        to_unpublish = self.pages_to_unpublish()
        self.form = RedirectTargetForm(request.POST, to_unpublish=to_unpublish)
        if not self.form.is_valid():
            return self.render_to_response(self.get_context_data())
        with transaction.atomic():
            response = super().post(request, *args, **kwargs)
            if target := self.form.cleaned_data["send_to"]:
                unpublished = Page.objects.filter(
                    pk__in=[page.pk for page in to_unpublish], live=False
                )
                for page in unpublished:
                    add_redirect(cast("Page", page), target)
        return response

    def get_success_message(self) -> str:
        target = self.form and self.form.cleaned_data["send_to"]
        if not target:
            return super().get_success_message()
        words = {"page": self.object.get_admin_display_title(), "target": target.title}
        return (
            gettext("“%(page)s” is unpublished. Readers are sent to “%(target)s” instead.") % words
        )

    def get_context_data(self, **kwargs: object) -> dict:
        form = self.form or RedirectTargetForm()
        return super().get_context_data(**kwargs) | {"form": form, "media": form.media}


def add_redirect(page: Page, target: Page) -> None:
    """Redirects the URL of `page` to `target`.

    The redirect is marked as automatically created, so that Wagtail may replace it when the page is
    published again and moved.
    """
    if path := redirect_path(page):
        Redirect.objects.update_or_create(
            old_path=path,
            site=page.get_site(),
            defaults={
                "redirect_page": target,
                "redirect_page_route_path": "",
                "redirect_link": "",
                "is_permanent": True,
                "automatically_created": True,
            },
        )


def before_delete_page(request: HttpRequest, page: Page) -> None:
    """Changes redirects to a deleted page: they lead to the target of its own redirect."""
    if request.method != "POST":
        return
    for old_page in page.get_descendants(inclusive=True).filter(live=False):
        url = OldUrl.parse(redirect_path(old_page))
        redirect = next(iter(find_redirects(url.candidates())), None)
        if redirect and redirect.redirect_page_id != old_page.pk:
            Redirect.objects.filter(redirect_page=old_page).update(
                redirect_page=redirect.redirect_page,
                redirect_page_route_path="",
                redirect_link=redirect.redirect_link,
            )
