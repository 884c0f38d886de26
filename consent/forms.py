from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consent.normalization import normalize


class WithdrawalForm(forms.Form):
    """Asks the user to type the title, so that nobody withdraws the wrong page or picture.

    The user may also choose copies of the pictures to withdraw. `seen` is the digest of the plan
    that the user saw; see `plans.Plan.digest`.
    """

    also = forms.TypedMultipleChoiceField(
        label=_("Withdraw these too"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    typed = forms.CharField(label=_("Type its title to withdraw it"), strip=True)
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, title: str, digest: str, copies: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.title, self.digest = title, digest
        self.fields["also"].choices = copies  # type: ignore[attr-defined]  # declared as Field
        self.fields["typed"].widget.attrs["autocomplete"] = "off"
        self.initial["seen"] = digest

    def clean(self) -> dict:
        found = super().clean() or {}
        if found.get("seen") != self.digest:
            # The screen now shows the new list. Empty the title: otherwise a second click on the
            # button would erase what the user has not read.
            self.data = data = self.data.copy()  # type: ignore[attr-defined]
            data["seen"], data["typed"] = self.digest, ""
            raise ValidationError(
                gettext(
                    "Something was added or removed since you opened this page. Nothing was "
                    "erased. Read the list again, then type the title again."
                )
            )
        return found

    def clean_typed(self) -> str:
        typed = self.cleaned_data["typed"]
        # A title that is only punctuation normalizes to "". It must be typed exactly.
        if typed != self.title and normalize(typed) != (normalize(self.title) or None):
            raise ValidationError(
                gettext("The title does not match. Nothing was changed. Type it again.")
            )
        return typed


class TextSearchForm(forms.Form):
    phrases = forms.CharField(
        label=_("Words"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Names or sentences, one per line. They are not stored anywhere. Names of two or three "
            "letters are found only as whole words."
        ),
    )
