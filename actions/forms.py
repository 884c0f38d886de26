"""Public forms, which need no account, cookie, JavaScript or CAPTCHA."""

import time
import unicodedata
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import get_language, get_language_info, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from actions.email_addresses import MAX_LENGTH, normalize_email
from actions.rate_limit import SENDER_RATE, TOTAL_RATE, is_within_rate_limit

HOUR = 60 * 60
TIMESTAMP_HOURS = 24  # how long a form may stay in a cache or open in a browser before it is sent
HONEYPOT = "fax"  # a field hidden from people


class SeeOther(HttpResponseRedirect):
    """HTTP 303 after a POST, so that a reload and the browser history use GET."""

    status_code = 303


def public_form(view: Callable) -> Callable:
    """Accept POSTs without a CSRF token; dpa_site.middleware.origin_check checks their origin."""
    view.public_form = True  # type: ignore[attr-defined]
    return view


class TruncatingUploadHandler(TemporaryFileUploadHandler):
    """Write at most `max_size` bytes of an upload to disk.

    Its `size` is that of the whole file, so that a form can refuse the file.
    """

    def __init__(self, request: HttpRequest, max_size: int) -> None:
        super().__init__(request)
        self.max_size = max_size

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start < self.max_size:
            super().receive_data_chunk(raw_data, start)


class PublicForm(forms.Form):
    """Base class of public forms, with rate limit, honeypot and timestamp.

    Templates must begin the form with components/honeypot.html, which adds the timestamp and the
    honeypot.

    `purpose` identifies the form: its timestamps are not valid for other forms, and its rate limit
    is counted separately. `is_exempt` returns whether the rate limit is paused at the moment.
    """

    max_file_size = 0  # bytes
    sender_rate, total_rate = SENDER_RATE, TOTAL_RATE

    def __init__(
        self,
        request: HttpRequest,
        purpose: str,
        *,
        is_exempt: Callable[[], bool] = lambda: False,
        **kwargs: Any,
    ) -> None:
        sent = request.method == "POST"
        if sent:
            request.upload_handlers = [TruncatingUploadHandler(request, self.max_file_size)]
        super().__init__(
            data=request.POST if sent else None, files=request.FILES if sent else None, **kwargs
        )
        self.request, self.purpose, self.is_exempt_from_rate_limit = request, purpose, is_exempt
        self.is_rate_limited = False

    @property
    def timestamp(self) -> str:
        """Signed current hour. It changes only hourly, so that pages with a form can be cached."""
        return self._signer.sign(str(int(time.time() // HOUR)))

    @property
    def status(self) -> int:
        if not self.errors:
            return 200
        return 429 if self.is_rate_limited else 422

    @property
    def _signer(self) -> signing.Signer:
        return signing.Signer(salt=f"actions.form.{self.purpose}")

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and not (self._is_within_rate_limit() or self.is_exempt_from_rate_limit()):
            self.is_rate_limited = True
            self.add_error(
                None,
                _(
                    "Too many submissions from your network. Wait a minute, then press the button "
                    "again."
                ),
            )

    def _is_within_rate_limit(self) -> bool:
        return is_within_rate_limit(
            self.request,
            self.purpose,
            self.sender_rate,
            self.total_rate,
            is_valid=not self.errors,
        )

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        if self.data.get(HONEYPOT):
            raise forms.ValidationError(
                _("Your browser filled in a field that must stay empty. Press the button again.")
            )
        try:
            hour = int(self._signer.unsign(self.data.get("timestamp", "")))
        except signing.BadSignature:
            hour = 0
        if time.time() // HOUR - hour > TIMESTAMP_HOURS:
            raise forms.ValidationError(
                _("This page was open for a long time. Press the button again.")
            )
        return cleaned


def language_choices() -> list[tuple[str, str]]:
    """The site's languages as choices, each with its name in that language."""
    codes = [code for code, _name in settings.LANGUAGES]
    return [(code, get_language_info(code)["name_local"].capitalize()) for code in codes]


class EmailField(forms.EmailField):
    """Email address field with plain error messages. Its value is normalized."""

    def __init__(self, autocomplete: str = "email", **kwargs: Any) -> None:
        attributes = {"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(
            label=_("Email"),
            max_length=MAX_LENGTH,
            widget=forms.EmailInput(attrs=attributes),
            error_messages={
                "required": _("Enter your email address."),
                "invalid": _("Enter the full email address, such as rosa@example.org."),
            },
            **kwargs,
        )

    def to_python(self, value: Any) -> str:
        # Phones end a sentence with a period.
        text = (super().to_python(value) or "").rstrip(".")
        name = unicodedata.normalize("NFKC", text).rpartition("@")[0]
        if wrong := [char for char in dict.fromkeys(name) if char.isprintable() and char > "~"]:
            raise forms.ValidationError(
                _("“%(letters)s” does not work in email addresses here. Use another address."),
                code="invalid",
                params={"letters": " ".join(wrong)},
            )
        try:
            return normalize_email(text) if text else text
        except forms.ValidationError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class ZipField(forms.RegexField):
    """ZIP code field. Only the first three digits are stored: enough to find the lawmakers."""

    def __init__(self) -> None:
        attributes = {"autocomplete": "postal-code", "inputmode": "numeric"}
        super().__init__(
            r"^[0-9]{5}(-[0-9]{4})?\Z",
            label=_("ZIP code"),
            required=False,
            strip=True,
            help_text=_(
                "It shows which lawmakers should hear from you. We keep the first three digits."
            ),
            widget=forms.TextInput(attrs=attributes),
            error_messages={"invalid": _("Enter a five-digit ZIP code.")},
        )

    def clean(self, value: str) -> str:
        return super().clean(value)[:3]


class LanguageSelect(forms.Select):
    """Sets `lang` on each option, so that screen readers pronounce the language names correctly."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["lang"] = str(value)
        return option


class JoinForm(PublicForm):
    """Sign up for emails."""

    email = EmailField()
    zip_code = ZipField()
    language = forms.ChoiceField(
        label=pgettext_lazy("of mails", "Language"),
        choices=lambda: language_choices(),
        widget=LanguageSelect,
    )

    def __init__(self, request: HttpRequest, purpose: str, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"language": get_language()})
        super().__init__(request, purpose, **kwargs)
        if len(settings.LANGUAGES) == 1:
            del self.fields["language"]


class PetitionForm(PublicForm):
    """Sign a petition."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter the name you sign with.")},
    )
    email = EmailField()
    zip_code = ZipField()


class DeleteForm(PublicForm):
    """Request deletion of one's data."""

    email = EmailField()
