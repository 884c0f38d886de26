"""The pages of the CMS that manage users (*Settings → Users*)."""

from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.views.generic.edit import FormMixin
from wagtail.users.views import users

from staff.current_account import change_of_current_account


class AdministratorFieldMixin(FormMixin):
    """Only administrators may make somebody an administrator.

    Django ignores what is sent for a disabled field.
    """

    request: HttpRequest

    def get_form(self, form_class: type[BaseForm] | None = None) -> BaseForm:
        form = super().get_form(form_class)
        if not self.request.user.is_superuser and "is_superuser" in form.fields:
            form.fields["is_superuser"].disabled = True
        return form


class CreateView(AdministratorFieldMixin, users.CreateView):
    pass


@method_decorator(change_of_current_account, name="dispatch")
class EditView(AdministratorFieldMixin, users.EditView):
    """Change a user, who may be the current user."""


class UserViewSet(users.UserViewSet):
    # Wagtail's view for copies changes the account that should be copied.
    copy_view_enabled = False
    add_view_class = CreateView
    edit_view_class = EditView
