from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consent.text_search import normalize


class TypedTitleForm(forms.Form):
    """Asks to type the title, so that nobody withdraws the wrong page."""

    typed = forms.CharField(label=_("Type its title to withdraw it"), strip=True)

    def __init__(self, *args: Any, title: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = title
        self.fields["typed"].widget.attrs["autocomplete"] = "off"

    def clean_typed(self) -> str:
        typed = self.cleaned_data["typed"]
        if normalize(typed).strip('"') != normalize(self.title).strip('"'):
            raise ValidationError(
                gettext("The title does not match. Nothing was changed. Type it again.")
            )
        return typed


class TextSearchForm(forms.Form):
    phrases = forms.CharField(
        label=_("Words"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Names or sentences, one per line, with four letters or more. They are not stored "
            "anywhere."
        ),
    )
