"""The pages of the CMS that manage users (*Settings → Users*)."""

from django.forms import BaseForm
from django.http import HttpRequest
from django.views.generic.edit import FormMixin
from wagtail.users.views import users


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


class EditView(AdministratorFieldMixin, users.EditView):
    pass


class UserViewSet(users.UserViewSet):
    # Wagtail's view for copies changes the account that should be copied.
    copy_view_enabled = False
    add_view_class = CreateView
    edit_view_class = EditView
