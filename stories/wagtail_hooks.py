from collections.abc import Iterator

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from staff.models import User
from stories.contacts import Contact
from stories.models import StoryPage
from stories.views import ContactView


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [
        path("stories/<int:pk>/contact/", ContactView.as_view(), name="stories_contact"),
    ]


@hooks.register("register_page_header_buttons")
def register_contact_button(
    page: Page, user: User, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    if page.specific_class is not StoryPage or not Contact.objects.filter(page=page.pk).exists():
        return
    if page.specific.permissions_for_user(user).can_publish_approved():
        url = reverse("stories_contact", args=[page.pk])
        yield Button(_("Contact details"), url, icon_name="mail", priority=70)
