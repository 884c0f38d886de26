from urllib.parse import SplitResult, parse_qs, urlsplit, urlunsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.redirects.forms import RedirectForm as WagtailRedirectForm
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from consent.gone_urls import is_gone
from editorial.public_pages import public_url
from editorial.redirects.middleware import (
    may_lead_to,
    page_at,
    redirect_path,
    resolve_path,
    site_hosts,
    uses_query,
)

WEB_SCHEMES = ("http", "https")


class RedirectForm(WagtailRedirectForm):
    """Accepts URLs as people write them and rejects redirects that would not work.

    The URL of a page on this site is stored as the page, so the redirect follows the page when it
    moves.
    """

    linked_page: Page | None = None
    redirect_link = forms.CharField(
        label=_("… or to a URL"),
        max_length=255,
        required=False,
        help_text=_(
            "On this site: a path that begins with “/”. On another site: a full URL, such as "
            "“https://www.example.org/”."
        ),
    )

    def clean_old_path(self) -> str:
        value = self.cleaned_data["old_path"].strip()
        if not value.startswith(("/", "http://", "https://")):
            raise ValidationError(_("Begin the old URL with “/”, for example “/?p=937”."))
        _split_url(value)
        old_path = Redirect.normalise_path(value)
        path, _mark, query = old_path.partition("?")
        if is_gone(path):
            raise ValidationError(
                _("The content at this URL was withdrawn. You cannot redirect this URL.")
            )
        others = Redirect.objects.filter(old_path=old_path).exclude(pk=self.instance.pk)
        if other := others.first():
            raise ValidationError(
                _("This URL already redirects to %(target)s. Change that redirect instead.")
                % {"target": other.link or other.redirect_page or "–"}
            )
        found = resolve_path(path)
        if found is True or (isinstance(found, Page) and uses_query(found, parse_qs(query, True))):
            raise ValidationError(
                _(
                    "There is a live page at this URL, so it cannot redirect. Unpublish the "
                    "page first."
                )
            )
        return old_path

    def clean_redirect_link(self) -> str:
        value = self.cleaned_data["redirect_link"].strip()
        if not value:
            return ""
        parts = _split_url(value)
        if parts.scheme in WEB_SCHEMES and parts.hostname:
            if parts.hostname not in site_hosts():
                URLValidator(schemes=WEB_SCHEMES)(value)
                return value
            parts = parts._replace(scheme="", netloc="", path=parts.path or "/")
        elif parts.scheme or parts.netloc or not value.startswith("/") or "\\" in value:
            raise ValidationError(
                _("Begin with “/” for a page on this site, or with “https://” for another site.")
            )
        return self._resolve_internal_link(urlunsplit(parts))

    def _resolve_internal_link(self, link: str) -> str:
        """Return the link to store.

        If the link is only the path of a page, set `linked_page` to this page and return "". If the
        link is redirected itself, use the target of that redirect.
        """
        path = link.partition("?")[0].partition("#")[0]
        found = resolve_path(path)
        if isinstance(found, Page) and public_url(found) and link == path:
            self.linked_page = found
            below = path.rstrip("/").removeprefix(redirect_path(found).rstrip("/"))
            self.instance.redirect_page_route_path = f"{below}/" if below else ""
            return ""
        if found is True or (found and public_url(found)):
            return link
        redirect = Redirect.objects.filter(old_path=Redirect.normalise_path(link)).first()
        if redirect is None or redirect.old_path == self.cleaned_data.get("old_path"):
            raise ValidationError(
                _("There is nothing public at “%(link)s”. Enter another URL.") % {"link": link}
            )
        self.linked_page = redirect.redirect_page
        return redirect.redirect_link

    def clean(self) -> None:
        super().clean()
        link, chosen = (
            self.cleaned_data.get("redirect_link"),
            self.cleaned_data.get("redirect_page"),
        )
        if chosen and (link or self.linked_page):
            self.add_error(
                "redirect_link", _("You entered both a page and a URL. Remove one of them.")
            )
        elif self.linked_page:
            self.cleaned_data["redirect_page"] = self.linked_page
        elif not (chosen or link or "redirect_link" in self.errors):
            self.add_error("redirect_link", _("Choose a page or enter a URL to redirect to."))
        old_path = self.cleaned_data.get("old_path")
        if old_path and not may_lead_to(chosen or self.linked_page or page_at(link), old_path):
            sentence = _("This URL contains a name that may not be shown. Enter another URL.")
            self.add_error("old_path", sentence)

    def _get_validation_exclusions(self) -> set[str]:
        """Skips the model's validation of the link, which accepts only absolute URLs.

        `clean_redirect_link` validates it instead.
        """
        excluded = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {"redirect_link"}


def _split_url(value: str) -> SplitResult:
    try:
        return urlsplit(value)
    except ValueError as error:
        raise ValidationError(_("This URL is not valid. Check it for mistakes.")) from error
