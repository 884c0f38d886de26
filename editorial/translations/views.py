"""Translation views that stop wagtail-localize from publishing unreviewed text."""

from typing import cast

import django_filters
from django import forms
from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.reports import PageReportView
from wagtail.models import Locale, Page
from wagtail.permissions import page_permission_policy
from wagtail.query import PageQuerySet
from wagtail_localize.models import Translation
from wagtail_localize.views import (
    convert,
    edit_translation,
    submit_translations,
    update_translations,
)

from editorial.publishing.approval_messages import show_result
from editorial.publishing.permissions import Permissions
from editorial.publishing.refusals import show_refusal
from editorial.publishing.rules import PublishingRefused, publishing_error_messages
from editorial.translations import status
from editorial.translations.marks import readable_marks_in_editor
from editorial.translations.mode_changes import refuse_segments, what_happened
from editorial.translations.overrides import remove_outdated_overrides
from editorial.translations.replaced import with_time_of_opening
from editorial.translations.schedule import take_over_schedule
from editorial.translations.segments import LOCKED, is_locked_for, show_as_locked
from site_settings.time_zone import format_with_time_zone

EDITOR = 'class="js-translation-editor"'


def before_edit_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Shows wagtail-localize's editor of a translation, with readable marks of sources.

    If the editor was sent with the action “publish”, publishes the translation or shows why not.
    """
    publishes = request.method == "POST" and request.POST.get("action") == "publish"
    is_shown = request.method == "GET"
    translation = status.translation_of(page) if publishes or is_shown else None
    if translation is None or status.is_untranslated_alias(page):
        return None
    if removed := remove_outdated_overrides(translation):
        sentence = ngettext(
            "%(count)d picture, file or page that was chosen for this translation has been "
            "deleted. That of the original is used again.",
            "%(count)d pictures, files or pages that were chosen for this translation have been "
            "deleted. Those of the original are used again.",
            removed,
        )
        messages.warning(request, sentence % {"count": removed})
    is_locked = is_locked_for(request.user, page)
    if publishes and is_locked:
        messages.error(request, LOCKED)
        return redirect(request.path)
    step = _next_step(request, page) if is_shown else None
    if step:
        sentence, url, label = step
        messages.info(request, sentence, buttons=[messages.button(url, label)])
    elif publishes:
        permissions = page.permissions_for_user(request.user)
        if isinstance(permissions, Permissions) and (why := permissions.reason_not_to_publish()):
            messages.error(request, why)
            return redirect(request.path)
        take_over_schedule(page)
        if page.go_live_at:
            return _schedule(request, translation, page)
    try:
        response = edit_translation.edit_translation(request, translation, page)
    except PublishingRefused as reason:
        show_refusal(request, str(reason), reason.page)
        return redirect(request.path)
    html = with_time_of_opening(readable_marks_in_editor(response.content.decode()))
    if step:
        html = _with_main_button(html, url, label)
    response.content = (show_as_locked(html) if is_locked else html).encode()
    return response


def _schedule(request: HttpRequest, translation: Translation, page: Page) -> HttpResponse:
    """Schedule a translation for the time at which its original goes live."""
    try:
        translation.save_target(user=request.user, publish=False)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(request.path)
    revision = page.get_latest_revision()
    if reasons := publishing_error_messages(revision.as_object()):
        show_refusal(request, " ".join(reasons), page)
        return redirect(request.path)
    revision.publish(user=request.user)
    words = gettext("“%(title)s” goes live together with its original: %(time)s.")
    title = revision.as_object().get_admin_display_title()
    time = format_with_time_zone(revision.approved_go_live_at)
    messages.success(request, words % {"title": title, "time": time})
    return redirect(request.path)


def _next_step(request: HttpRequest, page: Page) -> tuple[str, str, str] | None:
    """How the translation is approved: a sentence, and the URL and label of a button.

    The translation editor has no buttons of workflows.
    """
    if may_submit(request.user, page):
        sentence = gettext("When it is complete, submit this translation for approval.")
        url = reverse("submit_translation", args=[page.pk])
        return sentence, url, gettext("Submit for approval")
    task = page.current_workflow_task
    if not task:
        return None
    if task.get_actions(page, request.user):
        url = reverse("answer_translation", args=[page.pk])
        label = gettext("Approve or request changes")
        words = gettext("This translation waits for your answer: “%(task)s”.")
    else:
        url, label = reverse("wagtailadmin_home"), gettext("Open the dashboard")
        words = gettext(
            "This translation waits for “%(task)s”. Those who approve it find it on the dashboard."
        )
    return words % {"task": task.name}, url, label


def _with_main_button(html: str, url: str, label: str) -> str:
    """The editor with a main button for users who cannot publish; see translation-actions.js."""
    attributes = format_html('data-next-url="{}" data-next-label="{}"', url, label)
    return html.replace(EDITOR, f"{EDITOR} {attributes}")


class BeginTranslationView(submit_translations.SubmitPageTranslationView):
    """Creates the draft of a translation, and says so.

    The message of wagtail-localize says “submitted”, which means something else in our workflows.
    """

    def get_success_message(self, locales: str) -> str:
        words = gettext(
            "“%(title)s” can now be translated (%(languages)s). "
            "The translation is a draft that nobody has been asked to approve."
        )
        title = self.object.get_admin_display_title()
        return words % {"title": title, "languages": locales}


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


class TranslationView(WagtailAdminTemplateMixin, TemplateView):
    """Base class of the workflow's steps, for which the translation editor has no buttons."""

    header_icon = "resubmit"
    breadcrumbs_items = ()

    @cached_property
    def page(self) -> Page:
        return get_object_or_404(Page, pk=self.kwargs["pk"]).specific

    @cached_property
    def translation(self) -> Translation:
        return cast("Translation", status.translation_of(self.page))

    @property
    def edit_url(self) -> str:
        return reverse("wagtailadmin_pages:edit", args=[self.page.pk])

    def get_page_subtitle(self) -> str:
        return self.page.get_admin_display_title()

    def save_segments(self) -> None:
        """Save the translated segments as a new version of the page.

        Raises ValidationError if they cannot be saved.
        """
        take_over_schedule(self.page)
        remove_outdated_overrides(self.translation)
        self.translation.save_target(user=self.request.user, publish=False)
        self.page.refresh_from_db()


class SubmitTranslationView(TranslationView):
    template_name = "editorial/submit_translation.html"
    page_title = _("Submit for approval")

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not self.translation and what_happened(self.page):
            return refuse_segments(request, self.page)
        if not may_submit(request.user, self.page):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: object) -> dict:
        tasks = self.page.get_workflow().tasks
        return super().get_context_data(**kwargs, tasks=tasks, edit_url=self.edit_url)

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            self.save_segments()
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(self.edit_url)
        page = self.page.get_latest_revision_as_object()
        if reasons := [sentence for _field, sentence in page.submission_errors()]:
            show_refusal(request, " ".join(dict.fromkeys(reasons)), page)
            return redirect(self.edit_url)
        page.get_workflow().start(page, request.user)
        words = gettext("“%(title)s” has been submitted for approval.")
        messages.success(request, words % {"title": page.get_admin_display_title()})
        return redirect(self.edit_url)


class AnswerTranslationView(TranslationView):
    """Approves a translation, or requests changes."""

    template_name = "editorial/answer_translation.html"
    page_title = _("Approve or request changes")

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not self.translation and what_happened(self.page):
            return refuse_segments(request, self.page)
        self.task = self.page.current_workflow_task
        actions = self.task.get_actions(self.page, request.user) if self.task else []
        self.answers: dict[str, str] = {}
        for name, label, _has_form in actions:
            self.answers.setdefault(name, label)
        if not self.answers:
            messages.error(request, gettext("This page does not wait for your answer."))
            return redirect("wagtailadmin_home")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: object) -> dict:
        form = self.task.get_form_for_action("approve")
        return super().get_context_data(
            task=self.task,
            task_state=self.page.current_workflow_task_state,
            answers=self.answers,
            edit_url=self.edit_url,
            **{"form": form, **kwargs},
        )

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        state = self.page.current_workflow_task_state
        if request.POST.get("task_state") != str(state.pk):
            # This is another step of the workflow, or the translation was submitted again, perhaps
            # with another text.
            words = gettext(
                "Your answer was not saved. Somebody answered, or submitted the translation again, "
                "after you opened this page. Read the translation again."
            )
            messages.error(request, words)
            return redirect(self.edit_url)
        name = next((name for name in self.answers if name in request.POST), None)
        form = self.task.get_form_for_action(name)(request.POST)
        if name is None or not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        try:
            self.save_segments()  # an approver may have corrected segments
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(self.edit_url)
        self.task.on_action(state, request.user, name, **form.cleaned_data)
        show_result(request, self.page, name)
        return redirect(self.edit_url)


def may_submit(user: AbstractUser | AnonymousUser, page: Page) -> bool:
    """Whether the page is a translation that `user` may edit and submit, but not publish."""
    permissions = page.permissions_for_user(user)
    return (
        permissions.can_edit()
        and not permissions.can_publish()
        and permissions.can_submit_for_moderation()
        and status.translation_of(page) is not None
    )


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
    """Report of translations, with a filter for those older than their original."""

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
