from urllib.parse import SplitResult, parse_qs, urlsplit, urlunsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.urls import Resolver404, resolve
from django.utils.translation import get_language_from_path, override
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.redirects.forms import RedirectForm as WagtailRedirectForm
from wagtail.contrib.redirects.models import Redirect
from wagtail.coreutils import get_dummy_request
from wagtail.models import Page, Site

from consent.gone_urls import is_gone
from editorial.public_pages import public_url
from editorial.redirects.middleware import path_of, reads

WEB = ("http", "https")


class RedirectForm(WagtailRedirectForm):
    """Takes addresses as people write them, and says at once when one would not work.

    An address of a page of ours is kept as the page, so that it follows the page wherever it moves.
    """

    page_of_link: Page | None = None
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
        written = self.cleaned_data["old_path"].strip()
        if not written.startswith(("/", "http://", "https://")):
            raise ValidationError(_("Begin the old URL with “/”, for example “/?p=937”."))
        _parts(written)
        address = Redirect.normalise_path(written)
        path, _mark, query = address.partition("?")
        if is_gone(path):
            raise ValidationError(
                _("The content at this URL was withdrawn. You cannot redirect this URL.")
            )
        others = Redirect.objects.filter(old_path=address).exclude(pk=self.instance.pk)
        if other := others.first():
            raise ValidationError(
                _("This URL already redirects to %(target)s. Change that redirect instead.")
                % {"target": other.link or other.redirect_page or "–"}
            )
        found = stands_at(path)
        if found is True or (isinstance(found, Page) and reads(found, parse_qs(query, True))):
            raise ValidationError(
                _(
                    "There is a live page at this URL, so it cannot redirect. Unpublish the "
                    "page first."
                )
            )
        return address

    def clean_redirect_link(self) -> str:
        written = self.cleaned_data["redirect_link"].strip()
        if not written:
            return ""
        parts = _parts(written)
        if parts.scheme in WEB and parts.hostname:
            if parts.hostname not in _our_hosts():
                URLValidator(schemes=WEB)(written)
                return written
            parts = parts._replace(scheme="", netloc="", path=parts.path or "/")
        elif parts.scheme or parts.netloc or not written.startswith("/") or "\\" in written:
            raise ValidationError(
                _("Begin with “/” for a page on this site, or with “https://” for another site.")
            )
        return self._within_our_site(urlunsplit(parts))

    def _within_our_site(self, link: str) -> str:
        """The link, unless a page is there or it is redirected: then the page it leads to."""
        path = link.partition("?")[0].partition("#")[0]
        found = stands_at(path)
        if isinstance(found, Page) and public_url(found) and link == path:
            self.page_of_link = found
            below = path.rstrip("/").removeprefix(path_of(found).rstrip("/"))
            self.instance.redirect_page_route_path = f"{below}/" if below else ""
            return ""
        if found is True or (found and public_url(found)):
            return link
        onward = Redirect.objects.filter(old_path=Redirect.normalise_path(link)).first()
        if onward is None or onward.old_path == self.cleaned_data.get("old_path"):
            raise ValidationError(
                _("There is nothing public at “%(link)s”. Enter another URL.") % {"link": link}
            )
        self.page_of_link = onward.redirect_page
        return onward.redirect_link

    def clean(self) -> None:
        super().clean()
        link, chosen = (
            self.cleaned_data.get("redirect_link"),
            self.cleaned_data.get("redirect_page"),
        )
        if chosen and (link or self.page_of_link):
            self.add_error(
                "redirect_link", _("You entered both a page and a URL. Remove one of them.")
            )
        elif self.page_of_link:
            self.cleaned_data["redirect_page"] = self.page_of_link
        elif not (chosen or link or "redirect_link" in self.errors):
            self.add_error("redirect_link", _("Choose a page or enter a URL to redirect to."))

    def _get_validation_exclusions(self) -> set[str]:
        """The model would take full addresses only, and `clean_redirect_link` has looked at all."""
        excluded = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {"redirect_link"}


def stands_at(path: str) -> Page | bool:
    """The live page at this path of our site, True for what is no page, False for nothing."""
    with override(get_language_from_path(path) or settings.LANGUAGE_CODE):
        for candidate in (f"{path.rstrip('/')}/", path):
            try:
                match = resolve(candidate)
            except Resolver404:
                continue
            if match.url_name != "wagtail_serve":
                return True
            site = Site.objects.filter(is_default_site=True).first()
            request = get_dummy_request(site=site)  # type: ignore[arg-type]  # it takes None, too
            if page := Page.find_for_request(request, match.args[0]):
                return page
    return False


def _parts(written: str) -> SplitResult:
    try:
        return urlsplit(written)
    except ValueError as error:
        raise ValidationError(_("This URL is not valid. Check it for mistakes.")) from error


def _our_hosts() -> set[str | None]:
    return {urlsplit(settings.SITE_URL).hostname, *Site.objects.values_list("hostname", flat=True)}
