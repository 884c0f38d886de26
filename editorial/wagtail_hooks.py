from django.utils.html import escape
from wagtail import hooks
from wagtail.models import Page
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.rich_text.pages import PageLinkHandler

from editorial.visibility import for_readers


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
