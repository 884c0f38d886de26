from typing import cast

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from cms.models import Link
from staff.models import User


def broken_links(user: User) -> list[Link]:
    """Broken links on objects that `user` may edit.

    Each link has `used_on`: a list of (object, edit URL) pairs.
    """
    found, finder = [], AdminURLFinder(user)
    for link in Link.objects.broken().prefetch_related("uses__content_object"):
        objects = [use.content_object for use in link.uses.all() if use.content_object]
        link.used_on = [(obj, url) for obj in objects if (url := finder.get_edit_url(obj))]
        if link.used_on:
            found.append(link)
    return found


class BrokenLinksReport(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    """Report of the broken links on objects that the user may edit."""

    permission_required = "wagtailadmin.access_admin"
    template_name = "cms/broken_links.html"
    page_title = _("Broken links")
    header_icon = "link-external"
    breadcrumbs_items = ()

    def get_context_data(self, **kwargs: object) -> dict:
        return super().get_context_data(**kwargs) | {
            "links": broken_links(cast("User", self.request.user))
        }
