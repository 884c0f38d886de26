from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.admin.forms.choosers import ExternalLinkChooserForm
from wagtail.admin.views import chooser


class ExternalLinkForm(ExternalLinkChooserForm):
    """Refuses a URL that cannot be parsed. Wagtail accepts `//[`, because it begins with “/”."""

    def clean_url(self) -> str:
        url = self.cleaned_data["url"]
        try:
            urlsplit(url)
        except ValueError:
            raise ValidationError(_("This URL is not valid. Check it for mistakes.")) from None
        return url


class ExternalLinkView(chooser.ExternalLinkView):
    form_class = ExternalLinkForm
