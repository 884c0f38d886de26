import re
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse, reverse_lazy
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.rich_text.editors.draftail.features import EntityFeature
from wagtail.admin.userbar import ContentCheckerItem
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.models import Page, WorkflowState
from wagtail.permissions import page_permission_policy
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.rich_text.pages import PageLinkHandler
from wagtail.signals import workflow_submitted
from wagtail_localize.wagtail_hooks import TranslationsReportMenuItem, page_listing_more_buttons

from editorial import documents, lost_answers, newer_versions, other_accounts
from editorial.blocks import comparisons  # noqa: F401 - registers how StreamFields are compared
from editorial.checks import EditorialChecks
from editorial.public_pages import localized_by_pk
from editorial.publishing import (
    action_menu,
    approval_messages,
    bulk_actions,
    locks,
    other_languages,
    unpublish,
)
from editorial.publishing.rules import publishing_error_messages
from editorial.redirects import middleware as redirects
from editorial.redirects import views as redirect_views
from editorial.registry import page_types
from editorial.reviews.views import ReviewsView
from editorial.sharing import hooks as sharing
from editorial.sharing.views import DraftLinksView
from editorial.sources.draftail import SourceElementHandler, source_entity
from editorial.sources.forms import ChooseSourceView
from editorial.sources.rich_text import FIELDS, SourceHandler
from editorial.stigmatizing_language import Wording
from editorial.translations import mode_changes, restart, segments
from editorial.translations import views as translation_views

if TYPE_CHECKING:
    from editorial.public_pages import PageWithLanguage

hooks.register("before_serve_page", redirects.before_serve_page)
hooks.register("before_serve_document", documents.before_serve_document)
# Before the hook that changes redirects to the deleted page.
hooks.register("before_delete_page", locks.before_delete_page, order=-1)
hooks.register("before_move_page", locks.before_move_page)
hooks.register("before_delete_page", unpublish.before_delete_page)
hooks.register("after_edit_page", approval_messages.after_edit_page)
hooks.register("after_edit_page", other_languages.after_edit_page)
hooks.register("construct_page_action_menu", action_menu.construct_page_action_menu)
hooks.register("before_bulk_action", bulk_actions.before_bulk_action)
hooks.register("before_bulk_action", unpublish.before_bulk_delete)
hooks.register("register_page_header_buttons", sharing.register_draft_links_button)
hooks.register("register_log_actions", sharing.register_draft_link_actions)
hooks.register("register_log_actions", mode_changes.register_log_actions)
# Later than Wagtail's actions of the same names, which they replace.
hooks.register("register_bulk_action", bulk_actions.DeleteBulkAction, order=1)
hooks.register("register_bulk_action", bulk_actions.MoveBulkAction, order=1)
# These run before the hook of wagtail-localize, which shows its own page for editing a translation.
hooks.register("before_edit_page", mode_changes.before_edit_page, order=-1)
hooks.register("before_edit_page", translation_views.before_edit_page, order=-1)
hooks.register("before_edit_page", restart.before_edit_page, order=-1)
# Early, because it runs the view again.
hooks.register("before_edit_page", lost_answers.before_edit_page, order=-2)
for name in ("before_edit_page", "before_create_page"):
    hooks.register(name, other_accounts.before_save_page, order=-3)
hooks.register("before_edit_page", approval_messages.before_edit_page)
# After the hook of `approval_messages`, which turns an approval that it refuses into a save.
hooks.register("before_edit_page", newer_versions.before_edit_page, order=1)
hooks.register("before_create_page", lost_answers.before_create_page)
hooks.register("after_create_page", lost_answers.after_create_page)
# Removes “Translate this page” from listings, where it costs two queries per row. Each page's own
# menu still has it.
hooks._hooks["register_page_listing_more_buttons"].remove((page_listing_more_buttons, 0))
# Wagtail's second email about a submission goes to administrators, who also get the first, which
# asks for approval.
workflow_submitted.disconnect(
    sender=WorkflowState, dispatch_uid="workflow_state_submitted_email_notification"
)


PK = re.compile(r"[0-9]{1,18}")  # a number that the database can store


class PublicPageLinkHandler(PageLinkHandler):
    """Makes page links in rich text lead to the public translation of the page.

    If the page is not public, only the link text is rendered, without a URL.
    """

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict]) -> list[str]:
        raw_ids = [attrs.get("id", "") for attrs in attrs_list]
        ids = [int(pk) if PK.fullmatch(pk) else 0 for pk in raw_ids]
        pages = localized_by_pk(ids)
        found = (pages.get(pk) for pk in ids)
        return [
            f'<a href="{escape(page.url)}"{_hreflang(page)}>' if page else "<a>" for page in found
        ]


def _hreflang(page: "PageWithLanguage") -> str:
    """The `hreflang` attribute of a link to a page in another language; else empty."""
    return "" if page.language == get_language() else f' hreflang="{page.language}"'


@hooks.register("register_rich_text_features", order=10)
def register_public_page_links(features: FeatureRegistry) -> None:
    features.register_link_type(PublicPageLinkHandler)


@hooks.register("before_copy_page")
def before_copy_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Refuse a deleted parent page, and a live copy or alias of a page with publishing errors."""
    parent_pk = request.POST.get("new_parent_page")
    if request.method == "POST" and not (
        parent_pk and PK.fullmatch(parent_pk) and Page.objects.filter(pk=parent_pk).exists()
    ):
        messages.error(request, gettext("The new parent page was deleted. Choose another one."))
        return redirect(request.get_full_path())
    publishes = request.POST.get("publish_copies") or request.POST.get("alias")
    reasons = publishing_error_messages(page.specific) if publishes and page.live else []
    for reason in reasons:
        messages.error(request, f"{page.title}: {reason}")
    return redirect(request.get_full_path()) if reasons else None


@hooks.register("register_admin_urls", order=-1)
def register_redirect_urls() -> list[URLPattern]:
    """Replaces Wagtail's views, which have the same URLs and are registered later."""
    return [
        path("redirects/add/", redirect_views.CreateView.as_view()),
        path("redirects/<int:redirect_id>/", redirect_views.EditView.as_view()),
        path("redirects/import/", redirect_views.Import.as_view(), name="import_redirects"),
    ]


@hooks.register("register_admin_urls", order=-1)
def register_translation_urls() -> list[URLPattern]:
    """Replaces wagtail-localize's views at the same URLs."""
    begin = translation_views.BeginTranslationView.as_view()
    update = translation_views.UpdateTranslations.as_view()
    return [
        path("localize/submit/page/<int:page_id>/", begin),
        path("localize/update/<int:translation_source_id>/", update),
        path("localize/page/<int:page_id>/convert_to_alias/", translation_views.convert_to_alias),
        path(
            "localize/translate/<int:translation_id>/strings/<int:string_segment_id>/edit/",
            segments.edit_string_translation,
        ),
        path(
            "localize/translate/<int:translation_id>/overrides/<int:overridable_segment_id>/edit/",
            segments.edit_override,
        ),
        path("localize/translate/<int:translation_id>/pofile/upload/", segments.upload_pofile),
        path("localize/translate/<int:translation_id>/disable/", mode_changes.stop_translation),
    ]


@hooks.register("register_rich_text_features")
def register_sources(features: FeatureRegistry) -> None:
    features.register_link_type(SourceHandler)
    control = {
        "type": "SOURCE",
        "icon": "superscript",
        "description": _("Source"),
        "attributes": list(FIELDS),  # kept when text is pasted
        "chooserUrl": reverse_lazy("choose_source"),
    }
    feature = EntityFeature(control, js=["wagtailadmin/js/draftail.js", "js/draftail-source.js"])
    features.register_editor_plugin("draftail", "source", feature)
    features.register_converter_rule(
        "contentstate",
        "source",
        {
            "from_database_format": {'a[linktype="source"]': SourceElementHandler("SOURCE")},
            "to_database_format": {"entity_decorators": {"SOURCE": source_entity}},
        },
    )


@hooks.register("insert_editor_js")
def insert_editor_js() -> SafeString:
    names = (
        *("draftail-flush", "autosave", "keep-comments", "focus-first-error"),
        *("paste-whole-text", "translation-actions"),
    )
    scripts = [(static(f"js/{name}.js"),) for name in names]
    html = format_html_join("", '<script src="{}"></script>', scripts)
    return html + format_html(
        '<script src="{}" data-removed="{}" data-undo="{}" data-restored="{}" data-moved="{}" '
        'data-added="{}"></script>',
        static("js/blocks.js"),
        _("{name} removed."),
        _("Undo"),
        _("{name} restored."),
        _("{name} moved to position {position} of {count}."),
        _("{name} added at position {position} of {count}."),
    )


@hooks.register("construct_wagtail_userbar")
def construct_content_checks(request: HttpRequest, items: list, page: Page | None) -> None:
    for index, item in enumerate(items):
        if isinstance(item, ContentCheckerItem):
            items[index] = EditorialChecks(page, in_editor=item.in_editor)


@hooks.register("register_admin_viewset")
def wording_viewset() -> ModelViewSet:
    return ModelViewSet(
        "wording",
        model=Wording,
        icon="edit",
        menu_label=_("Words that hurt"),
        add_to_settings_menu=True,
        list_display=["word", "instead"],
        search_fields=["word", "instead"],
        form_fields=["word", "instead"],
    )


@hooks.register("register_permissions")
def wording_permissions() -> QuerySet:
    return Permission.objects.filter(
        content_type__app_label="editorial", content_type__model="wording"
    )


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [
        path("draft-links/<int:pk>/", DraftLinksView.as_view(), name="draft_links"),
        path(
            "submit-translation/<int:pk>/",
            translation_views.SubmitTranslationView.as_view(),
            name="submit_translation",
        ),
        path(
            "answer-translation/<int:pk>/",
            translation_views.AnswerTranslationView.as_view(),
            name="answer_translation",
        ),
        path("source/", ChooseSourceView.as_view(), name="choose_source"),
        path("reports/reviews/", ReviewsView.as_view(), name="reviews_report"),
        path(
            "reports/reviews/results/",
            ReviewsView.as_view(results_only=True),
            name="reviews_report_results",
        ),
        path(
            "reports/translations/",
            translation_views.TranslationsView.as_view(),
            name="translations_report",
        ),
        path(
            "reports/translations/results/",
            translation_views.TranslationsView.as_view(results_only=True),
            name="translations_report_results",
        ),
    ]


class PagesMenuItem(MenuItem):
    """The menu item of a report about pages, shown only to those who may open the report."""

    def is_shown(self, request: HttpRequest) -> bool:
        return page_permission_policy.user_has_any_permission(
            request.user, ReviewsView.any_permission_required
        )


@hooks.register("register_reports_menu_item")
def reviews_menu_item() -> MenuItem:
    url = reverse("reviews_report")
    return PagesMenuItem(_("Reviews"), url, icon_name="calendar-check", order=100)


@hooks.register("register_reports_menu_item")
def translations_menu_item() -> MenuItem:
    url = reverse("translations_report")
    return PagesMenuItem(_("Translations"), url, icon_name="globe", order=110)


@hooks.register("construct_reports_menu")
def construct_reports_menu(request: HttpRequest, items: list[MenuItem]) -> None:
    """Removes reports that would say what is not true.

    wagtail-localize's report shows outdated translations as up to date. The report of aging pages
    is empty for users who may publish no page.
    """
    may_publish = page_permission_policy.user_has_permission(request.user, "publish")
    items[:] = [
        item
        for item in items
        if not isinstance(item, TranslationsReportMenuItem)
        and (may_publish or item.name != "aging-pages")
    ]


@hooks.register("register_permissions")
def register_publish_permissions() -> QuerySet[Permission]:
    """Show the publish permissions of page types in the group form."""
    names = {model.publish_permission.partition(".")[2] for model in page_types()}
    return Permission.objects.filter(codename__in=names)
