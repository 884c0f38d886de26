"""Forms that anybody may send: no account, no cookie, no JavaScript, no puzzle to solve."""

import time
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import get_language, get_language_info, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from actions.rate_limit import ALL_SENDERS, ONE_SENDER, lets_through

HOUR = 60 * 60
TIMESTAMP_HOURS = 24  # a page may lie in a cache, or open on a phone, for so long
HONEYPOT = "fax"  # a field that people do not see


class SeeOther(HttpResponseRedirect):
    """After a post: what a reload asks for again, and what stands in the browser's list."""

    status_code = 303


def public_form(view: Callable) -> Callable:
    """Accept posts from our own pages without a token: see dpa_site.middleware.origin_check."""
    view.public_form = True  # type: ignore[attr-defined]
    return view


class Bounded(TemporaryFileUploadHandler):
    """Writes no more of a file than a form takes; its size still says how large it was."""

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.most = most

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start < self.most:
            super().receive_data_chunk(raw_data, start)


class PublicForm(forms.Form):
    """Templates begin it with components/honeypot.html, which brings the timestamp and the trap.

    `purpose` says which form it is: its stamps are good for no other, and its senders are counted
    apart. `gate` says whether many people may send it from one place just now. `status` is what to
    answer with.
    """

    largest_file = 0  # bytes
    one_sender, all_senders = ONE_SENDER, ALL_SENDERS

    def __init__(
        self,
        request: HttpRequest,
        purpose: str,
        *,
        gate: Callable[[], bool] = lambda: False,
        **kwargs: Any,
    ) -> None:
        sent = request.method == "POST"
        if sent:
            request.upload_handlers = [Bounded(request, self.largest_file)]
        super().__init__(
            data=request.POST if sent else None, files=request.FILES if sent else None, **kwargs
        )
        self.request, self.purpose, self.is_exempt_from_rate_limit = request, purpose, gate
        self.is_refused = False

    @property
    def timestamp(self) -> str:
        """The same for an hour, so that a page with a form is as good to keep as any other."""
        return self._signer.sign(str(int(time.time() // HOUR)))

    @property
    def status(self) -> int:
        if not self.errors:
            return 200
        return 429 if self.is_refused else 422

    @property
    def _signer(self) -> signing.Signer:
        return signing.Signer(salt=f"actions.form.{self.purpose}")

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and not (self._is_let_through() or self.is_exempt_from_rate_limit()):
            self.is_refused = True
            self.add_error(
                None,
                _(
                    "Too many submissions from your network. Wait a minute, then press the button "
                    "again."
                ),
            )

    def _is_let_through(self) -> bool:
        return lets_through(self.request, self.purpose, self.one_sender, self.all_senders)

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


def own_names() -> list[tuple[str, str]]:
    """The languages of the site, each as its speakers call it."""
    codes = [code for code, _name in settings.LANGUAGES]
    return [(code, get_language_info(code)["name_local"].capitalize()) for code in codes]


class EmailField(forms.EmailField):
    """An address, with mistakes explained as to a neighbor."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(
            label=_("Email"),
            max_length=254,
            widget=forms.EmailInput(attrs=attributes),
            error_messages={
                "required": _("Enter your email address."),
                "invalid": _("Enter the full email address, such as rosa@example.org."),
            },
            **kwargs,
        )


class ZipField(forms.RegexField):
    """Where somebody lives, as broadly as lawmakers are counted: the first three figures."""

    def __init__(self) -> None:
        attributes = {"autocomplete": "postal-code", "inputmode": "numeric"}
        super().__init__(
            r"^\d{5}(-\d{4})?$",
            label=_("ZIP code"),
            required=False,
            help_text=_(
                "It shows which lawmakers should hear from you. We keep the first three digits."
            ),
            widget=forms.TextInput(attrs=attributes),
            error_messages={"invalid": _("Enter a five-digit ZIP code.")},
        )

    def clean(self, value: str) -> str:
        return super().clean(value)[:3]


class LanguageSelect(forms.Select):
    """Each language says which it is, so that its name is read aloud rightly."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["lang"] = str(value)
        return option


class JoinForm(PublicForm):
    """Who wants to hear from us."""

    email = EmailField()
    zip_code = ZipField()
    language = forms.ChoiceField(
        label=pgettext_lazy("of mails", "Language"),
        choices=lambda: own_names(),
        widget=LanguageSelect,
    )

    def __init__(self, request: HttpRequest, purpose: str, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"language": get_language()})
        super().__init__(request, purpose, **kwargs)
        if len(settings.LANGUAGES) == 1:
            del self.fields["language"]


class PetitionForm(PublicForm):
    """Who signs."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter the name you sign with.")},
    )
    email = EmailField()
    zip_code = ZipField()


class DeleteForm(PublicForm):
    """Who wants to be deleted."""

    email = EmailField()
