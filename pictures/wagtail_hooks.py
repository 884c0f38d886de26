from django.db.models import QuerySet
from django.http import HttpRequest
from django.views.generic import View
from wagtail import hooks
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.images import admin_urls
from wagtail.images.api.admin.views import ImagesAdminAPIViewSet
from wagtail.images.views import chooser, multiple
from wagtail.permission_policies.collections import CollectionPermissionPolicy

from pictures import upload_views
from pictures.models import Picture
from staff.models import User


class PicturesAPIViewSet(ImagesAdminAPIViewSet):
    """Wagtail's admin API for pictures, without `download_url`: originals have no URL."""

    meta_fields = [name for name in ImagesAdminAPIViewSet.meta_fields if name != "download_url"]


@hooks.register("construct_admin_api", order=10)
def construct_admin_api(router: WagtailAPIRouter) -> None:
    router.register_endpoint("images", PicturesAPIViewSet)


@hooks.register("construct_image_chooser_queryset")
def leave_out_pictures_without_size(
    images: QuerySet[Picture], request: HttpRequest
) -> QuerySet[Picture]:
    """Leave out SVG drawings without a usable size, which uploads accepted in the past."""
    return images.filter(width__gt=0, height__gt=0)


def find_near_copies(
    image: Picture, user: User, permission_policy: CollectionPermissionPolicy
) -> QuerySet[Picture]:
    """The existing copies and near copies that Wagtail offers to use instead of an upload."""
    allowed = permission_policy.instances_user_has_permission_for(user, "choose")
    return image.near_copies().filter(pk__in=allowed)


# Wagtail's function finds only identical files, and no setting or hook replaces it.
for module in (chooser, multiple):
    module.find_image_duplicates = find_near_copies  # type: ignore[attr-defined]

# Wagtail makes its chooser for pictures from this class, and no setting replaces it.
chooser.ImageChooserViewSet.create_view_class = upload_views.ChooserUploadView

# Replaces the views of Wagtail's URL patterns. The names stay, because middleware looks for them.
views: dict[str, type[View]] = {
    "edit": upload_views.EditView,
    "add_multiple": upload_views.AddView,
    "edit_multiple": upload_views.MultipleEditView,
    "create_multiple_from_uploaded_image": upload_views.CreateFromUploadView,
}
for pattern in admin_urls.urlpatterns:
    if view := views.get(pattern.name):
        pattern.callback = view.as_view()
