"""Taking a page away without leaving its readers in front of nothing."""

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

from editorial.public_pages import public_url
from editorial.redirects.middleware import path_of


class ReadersForm(forms.Form):
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

    def __init__(self, *args: Any, leaving: Iterable[Page] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leaving = {page.pk for page in leaving}

    def clean_send_to(self) -> Page | None:
        page = self.cleaned_data["send_to"]
        if page and page.pk in self.leaving:
            raise ValidationError(_("You are unpublishing this page. Choose another one."))
        if page and not public_url(page):
            sentence = _("Readers cannot see “%(title)s”. Choose a public page.")
            raise ValidationError(sentence % {"title": page.title})
        return page


class Unpublish(unpublish.Unpublish):
    """Wagtail's view, which also asks where readers are to go."""

    template_name = "editorial/unpublish.html"
    form: ReadersForm | None = None

    def leaving(self) -> list[Page]:
        """The live pages that are taken away now."""
        pages = [page for page in self.get_objects_to_unpublish() if page.live]
        if self.request.POST.get("include_descendants"):
            below = [page.get_descendants().live() for page in pages]
            pages += [page for found in below for page in found]
        return pages

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        leaving = self.leaving()
        self.form = ReadersForm(request.POST, leaving=leaving)
        if not self.form.is_valid():
            return self.render_to_response(self.get_context_data())
        with transaction.atomic():
            response = super().post(request, *args, **kwargs)
            if target := self.form.cleaned_data["send_to"]:
                gone = Page.objects.filter(pk__in=[page.pk for page in leaving], live=False)
                for page in gone:
                    send_readers(cast("Page", page), target)
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
        form = self.form or ReadersForm()
        return super().get_context_data(**kwargs) | {"form": form, "media": form.media}


def send_readers(page: Page, target: Page) -> None:
    """As if made by a move: should the page come back and move, its new address takes over."""
    if path := path_of(page):
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


def before_deletion(request: HttpRequest, page: Page) -> None:
    """Addresses that led to a retired page go on to where its readers are sent."""
    if request.method != "POST":
        return
    for leaving in page.get_descendants(inclusive=True).filter(live=False):
        onward = Redirect.objects.filter(old_path=path_of(leaving)).first()
        if onward and onward.redirect_page_id != leaving.pk:
            Redirect.objects.filter(redirect_page=leaving).update(
                redirect_page=onward.redirect_page,
                redirect_page_route_path="",
                redirect_link=onward.redirect_link,
            )
