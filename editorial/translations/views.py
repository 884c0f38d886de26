"""Translation views that stop wagtail-localize from publishing unreviewed text."""

import django_filters
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.views.reports import PageReportView
from wagtail.models import Locale, Page
from wagtail.permissions import page_permission_policy
from wagtail.query import PageQuerySet
from wagtail_localize.views import convert, edit_translation, update_translations

from editorial.publishing.refusals import show_refusal
from editorial.publishing.rules import PublishingRefused
from editorial.translations import status
from editorial.translations.marks import readable_marks, readable_marks_in_editor


def before_edit_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Shows wagtail-localize's editor of a translation, with readable marks of sources.

    It publishes the translation, and shows its publishing errors.
    """
    publishes = request.method == "POST" and request.POST.get("action") == "publish"
    is_shown = request.method == "GET"
    translation = status.translation_of(page) if publishes or is_shown else None
    if translation is None or status.is_untranslated_alias(page):
        return None
    try:
        response = edit_translation.edit_translation(request, translation, page)
    except PublishingRefused as reason:
        show_refusal(request, str(reason), reason.page)
        return redirect(request.path)
    response.content = readable_marks_in_editor(response.content.decode()).encode()
    return response


def edit_string_translation(
    request: HttpRequest, translation_id: int, string_segment_id: int
) -> HttpResponse:
    """Saves the translation of a segment, and returns it with readable marks of sources."""
    response = edit_translation.edit_string_translation(request, translation_id, string_segment_id)
    if data := response.data:
        data["data"] = readable_marks(data["data"])
    return response


class UpdateTranslationsForm(update_translations.UpdateTranslationsForm):
    """Synchronizes without publishing, because new segments are not translated yet."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["publish_translations"]

    def clean(self) -> dict:
        return (super().clean() or {}) | {"publish_translations": False}


class UpdateTranslations(update_translations.UpdateTranslationsView):
    def get_form(self) -> UpdateTranslationsForm:
        return UpdateTranslationsForm(self.request.POST if self.request.method == "POST" else None)


def convert_to_alias(request: HttpRequest, page_id: int) -> HttpResponse:
    """Converts only unpublished translations, because readers cannot see aliases.

    A live page must be unpublished first, which needs the permission to unpublish.
    """
    page = get_object_or_404(Page, pk=page_id)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    if page.live:
        sentence = gettext("Unpublish this page first. Readers cannot see it when it is an alias.")
        messages.error(request, sentence)
        return redirect("wagtailadmin_pages:edit", page.pk)
    return convert.convert_to_alias(request, page_id)


class TranslationFilter(WagtailFilterSet):
    behind = django_filters.BooleanFilter(
        method="filter_behind",
        label=_("The original is newer"),
        widget=forms.RadioSelect(choices=[("", _("All")), ("true", _("Yes"))]),
    )
    locale = django_filters.ModelChoiceFilter(
        queryset=Locale.objects.exclude(language_code=settings.LANGUAGE_CODE), label=_("Language")
    )

    class Meta:
        model = Page
        fields = ["behind", "locale"]

    def filter_behind(self, pages: PageQuerySet, name: str, value: bool | None) -> PageQuerySet:
        return status.outdated(pages) if value else pages


class TranslationsView(PageReportView):
    """Report of translations, with a filter for those older than their source."""

    page_title = _("Translations")
    header_icon = "globe"
    index_url_name = "translations_report"
    index_results_url_name = "translations_report_results"
    results_template_name = "editorial/translations_results.html"
    filterset_class = TranslationFilter
    list_export = ["title", "locale", "source_published_at", "up_to_date_at", "full_url"]
    export_headings = {
        "locale": _("Language"),
        "source_published_at": _("Original published"),
        "up_to_date_at": _("Translation up to date as of"),
        "full_url": _("URL"),
    }
    any_permission_required = ["add", "change", "publish"]

    def get_queryset(self) -> PageQuerySet:
        mine = page_permission_policy.instances_user_has_permission_for(self.request.user, "change")
        found = status.with_source_dates(mine).select_related("locale", "content_type")
        self.queryset = found.order_by("-source_published_at", "title")
        return super().get_queryset()
