"""The pages of the CMS that manage users (*Settings → Users*)."""

from wagtail.users.views.users import UserViewSet as WagtailUserViewSet


class UserViewSet(WagtailUserViewSet):
    # Wagtail's view for copies changes the account that should be copied.
    copy_view_enabled = False
