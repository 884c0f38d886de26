from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import escape
from wagtail import hooks
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.models import Page
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.rich_text.pages import PageLinkHandler

from editorial import documents, redirect_views, redirects, retiring
from editorial.publishing import reasons_to_stay_draft
from editorial.visibility import for_readers

hooks.register("before_serve_page", redirects.before_page)
hooks.register("before_serve_document", documents.before_document)
hooks.register("before_delete_page", retiring.before_deletion)


class PublicPageLinkHandler(PageLinkHandler):
    """Links in running text: a page that readers may not see leaves its words and no address."""

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict]) -> list[str]:
        written = [attrs.get("id", "") for attrs in attrs_list]
        ids = [int(pk) if pk.isdecimal() else 0 for pk in written]
        pages = {page.pk: page for page in for_readers(Page.objects.filter(pk__in=ids))}
        found = (pages.get(pk) for pk in ids)
        return [f'<a href="{escape(page.url)}">' if page else "<a>" for page in found]


@hooks.register("register_rich_text_features", order=10)
def register_public_page_links(features: FeatureRegistry) -> None:
    features.register_link_type(PublicPageLinkHandler)


def _kept_from_readers(request: HttpRequest, pages: Iterable[Page]) -> HttpResponse | None:
    """Says why pages may not be published, where no form could; None when all may."""
    reasons = [
        f"{page.title}: {sentence}" for page in pages for sentence in reasons_to_stay_draft(page)
    ]
    for reason in reasons:
        messages.error(request, reason)
    return redirect("wagtailadmin_home") if reasons else None


@hooks.register("before_bulk_action")
def say_why_not_all_are_published(
    request: HttpRequest, action_type: str, objects: list, action: BulkAction
) -> HttpResponse | None:
    if action_type != "publish" or not issubclass(action.get_default_model(), Page):
        return None
    return _kept_from_readers(request, (page.get_latest_revision_as_object() for page in objects))


@hooks.register("before_copy_page")
def say_why_a_copy_is_not_published(request: HttpRequest, page: Page) -> HttpResponse | None:
    publishes = request.POST.get("publish_copies") or request.POST.get("alias")
    return _kept_from_readers(request, [page.specific]) if publishes and page.live else None


@hooks.register("register_admin_urls", order=-1)
def redirects_in_plain_words() -> list[URLPattern]:
    """In place of Wagtail's views, which have the same addresses and come after them."""
    return [
        path("redirects/add/", redirect_views.CreateView.as_view()),
        path("redirects/<int:redirect_id>/", redirect_views.EditView.as_view()),
        path("redirects/import/", redirect_views.Import.as_view(), name="import_redirects"),
    ]
