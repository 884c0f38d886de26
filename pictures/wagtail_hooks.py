from wagtail import hooks
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.images.api.admin.views import ImagesAdminAPIViewSet


class PicturesAPIViewSet(ImagesAdminAPIViewSet):
    """Wagtail's admin API for pictures, without `download_url`: originals have no URL."""

    meta_fields = [name for name in ImagesAdminAPIViewSet.meta_fields if name != "download_url"]


@hooks.register("construct_admin_api", order=10)
def construct_admin_api(router: WagtailAPIRouter) -> None:
    router.register_endpoint("images", PicturesAPIViewSet)
