"""Unpublishing with a redirect to another page."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.admin.views.pages import unpublish
from wagtail.admin.widgets import AdminPageChooser
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from consent.old_urls import OldUrl
from editorial.public_pages import public_url
from editorial.publishing.aliases import (
    how_to_publish_again,
    is_down_by_itself,
    live_aliases,
    name_with_url,
)
from editorial.publishing.bulk_actions import say_left_out
from editorial.publishing.other_languages import (
    live_translations,
    may_take_down,
    name_in_language,
)
from editorial.redirects.lookup import find_redirects
from editorial.redirects.middleware import redirect_path
from editorial.translations.status import is_untranslated_alias


class TranslationsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Page) -> str:
        return name_in_language(obj)


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

    translations = TranslationsField(
        Page.objects.none(),
        label=_("In other languages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Readers still find these pages. Those that you select are unpublished too."),
    )
    field_order = ["translations", "send_to"]

    def __init__(self, *args: Any, pages: Iterable[Page], translations: list[Page]) -> None:
        super().__init__(*args)
        self.pages = list(pages)
        field = cast("TranslationsField", self.fields["translations"])
        field.queryset = Page.objects.filter(pk__in=[page.pk for page in translations])
        field.initial = translations
        if not translations:
            del self.fields["translations"]

    def pages_to_unpublish(self) -> list[Page]:
        """The live pages to unpublish."""
        chosen = [page for page in self.pages if page.live]
        chosen += self.cleaned_data.get("translations") or []
        if self.data.get("include_descendants"):
            chosen += [below for page in chosen for below in page.get_descendants().live()]
        return chosen

    def clean_send_to(self) -> Page | None:
        page = self.cleaned_data["send_to"]
        if page and page.pk in {other.pk for other in self.pages_to_unpublish()}:
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
    aliases: Sequence[Page] = ()

    def make_form(self, *data: object) -> RedirectTargetForm:
        return RedirectTargetForm(
            *data,
            pages=self.objects_to_unpublish,
            translations=[page for page in self.translations() if self.is_offered(page)],
        )

    def translations(self) -> list[Page]:
        return live_translations(self.objects_to_unpublish)

    def is_offered(self, page: Page) -> bool:
        return may_take_down(page, self.request.user, "unpublish")

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        self.form = form = self.make_form(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data())
        to_unpublish = form.pages_to_unpublish()
        self.objects_to_unpublish += form.cleaned_data.get("translations") or []
        self.aliases = live_aliases(to_unpublish)
        with transaction.atomic():
            response = super().post(request, *args, **kwargs)
            if target := form.cleaned_data["send_to"]:
                unpublished = Page.objects.filter(
                    pk__in=[page.pk for page in to_unpublish], live=False
                )
                for page in cast("Iterable[Page]", unpublished):
                    add_redirect(page, in_language_of(page, target))
        if isinstance(response, HttpResponseRedirect):
            for page in Page.objects.live().filter(pk__in=[page.pk for page in to_unpublish]):
                say_left_out(request, page, "unpublish")
        return response

    def get_success_message(self) -> str:
        form = cast("RedirectTargetForm", self.form)
        sentence = super().get_success_message()
        if target := form.cleaned_data["send_to"]:
            words = {"page": self.object.get_admin_display_title(), "target": target.title}
            sentence = gettext(
                "“%(page)s” is unpublished. Readers are sent to “%(target)s” instead."
            )
            sentence %= words
        names = [name_in_language(page) for page in form.cleaned_data.get("translations") or []]
        unpublished = Page.objects.not_live().filter(pk__in=[page.pk for page in self.aliases])
        names += [name_with_url(page) for page in unpublished.specific()]
        if names:
            sentence += " " + gettext("Also unpublished: %(pages)s.") % {"pages": ", ".join(names)}
        page = cast("Page", Page.objects.get(pk=self.object.pk))
        if is_down_by_itself(page) and not is_untranslated_alias(page):
            sentence += f" {how_to_publish_again()}"
        return sentence

    def get_context_data(self, **kwargs: object) -> dict:
        form = self.form or self.make_form()
        staying = [page for page in self.translations() if not self.is_offered(page)]
        return super().get_context_data(**kwargs) | {
            "form": form,
            "media": form.media,
            "staying": [name_in_language(page) for page in staying],
        }


def in_language_of(page: Page, target: Page) -> Page:
    """The public translation of `target` in the language of `page`; `target` if there is none."""
    translation = target.get_translation_or_none(page.locale)
    return translation if translation and public_url(translation) else target


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
    """Keeps redirects to an unpublished page that is deleted.

    They then lead to the target of the redirect from the page's URL.
    """
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


def before_bulk_delete(
    request: HttpRequest, action_type: str, objects: list, action: BulkAction
) -> None:
    """Changes redirects as `before_delete_page` does."""
    if action_type == "delete" and issubclass(action.get_default_model(), Page):
        for page in objects:
            before_delete_page(request, page)
