from urllib.parse import SplitResult, parse_qs, urlsplit, urlunsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.redirects.forms import RedirectForm as WagtailRedirectForm
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from consent.gone_urls import is_gone
from consent.old_urls import EVERYTHING_BELOW, MAX_LENGTH, OldUrl, fold, remove_invisible
from editorial.public_pages import public_url
from editorial.redirects.lookup import find_redirects, find_same, sort_by_specificity
from editorial.redirects.middleware import (
    may_lead_to,
    old_paths_at,
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
    # Without `max_length`, because spaces and accents are longer before they are decoded.
    old_path = Redirect._meta.get_field("old_path").formfield(
        max_length=None,
        help_text=_(
            "A path such as “/press/kit”, also with a query: “/?p=937”. “/press/2019/*” stands for "
            "every URL below “/press/2019” that has no page. Upper and lower case count as the "
            "same. What newsletters add to links, such as “utm_source”, is ignored."
        ),
    )
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
        value = remove_invisible(self.cleaned_data["old_path"]).strip()
        if not value.startswith(("/", "http://", "https://")):
            raise ValidationError(_("Begin the old URL with “/”, for example “/?p=937”."))
        if "#" in value:
            raise ValidationError(
                _("Remove “#” and what follows. Browsers do not send it to the site.")
            )
        _split_url(value)
        url = OldUrl.parse(value)
        old_path = str(url)
        _check_wildcard(value, url)
        if len(old_path) > MAX_LENGTH:
            sentence = _("This URL has %(count)d characters. It can have at most %(most)d.")
            raise ValidationError(sentence % {"count": len(old_path), "most": MAX_LENGTH})
        if is_gone(url.path):
            raise ValidationError(
                _("The content at this URL was withdrawn. You cannot redirect this URL.")
            )
        others = [one for one in find_same(url) if one.pk != self.instance.pk]
        if others:
            raise ValidationError(
                _("This URL already redirects to %(target)s. Change that redirect instead.")
                % {"target": others[0].link or others[0].redirect_page or "–"}
            )
        _check_live(url)
        return old_path

    def clean_redirect_link(self) -> str:
        value = remove_invisible(self.cleaned_data["redirect_link"]).strip()
        if not value:
            return ""
        if value.endswith(EVERYTHING_BELOW) and "*" in self.cleaned_data.get("old_path", ""):
            raise ValidationError(
                _("All these URLs lead to the same place. Enter its URL without “*”.")
            )
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
        if redirect := self._follow(link):
            self.linked_page = redirect.redirect_page
            return redirect.redirect_link
        path = link.partition("?")[0].partition("#")[0]
        found = resolve_path(path)
        if isinstance(found, Page) and public_url(found) and link == path:
            self.linked_page = found
            below = path.rstrip("/").removeprefix(redirect_path(found).rstrip("/"))
            self.instance.redirect_page_route_path = f"{below}/" if below else ""
            return ""
        if found is True or (found and public_url(found)):
            return link
        raise ValidationError(
            _("There is nothing public at “%(link)s”. Enter another URL.") % {"link": link}
        )

    def _follow(self, link: str) -> Redirect | None:
        """The last of the redirects that a request for this link would follow, if there is one."""
        new = Redirect(old_path=self.cleaned_data.get("old_path", ""), site=self.instance.site)
        last, seen = None, set()
        while old_paths := old_paths_at(last.link if last else link):
            found = [one for one in find_redirects(old_paths) if one.pk != self.instance.pk]
            if fold(new.old_path) in map(fold, old_paths):
                found = sort_by_specificity([*found, new], old_paths)
            if not found:
                break
            if found[0] is new or found[0].pk in seen:
                raise ValidationError(
                    _("“%(link)s” leads back to the old URL. Enter another URL.") % {"link": link}
                )
            last = found[0]
            seen.add(last.pk)
        return last

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


def _check_wildcard(value: str, url: OldUrl) -> None:
    if "*" not in url.path:
        return
    folder = url.path.removesuffix(EVERYTHING_BELOW)
    written = urlsplit(value).path  # in which “%2A” is no wildcard
    if not folder or "*" in folder or url.query or not written.endswith(EVERYTHING_BELOW):
        raise ValidationError(
            _("“*” stands for everything below a path, and works only at its end: “/press/2019/*”.")
        )
    if f"{folder}/".lower().startswith(settings.UNCACHED_PATHS):
        raise ValidationError(_("The site itself uses URLs below this path. Leave out “*”."))


def _check_live(url: OldUrl) -> None:
    """Raise ValidationError if something is at the URL, so that a redirect would never be used."""
    found = resolve_path(url.path.removesuffix(EVERYTHING_BELOW))
    if found is True:
        raise ValidationError(_("The site itself uses this URL, so it cannot redirect."))
    if not isinstance(found, Page) or url.is_wildcard:
        return
    names = list(parse_qs(url.query, keep_blank_values=True))
    if names and uses_query(found, names):
        sentence = _(
            "The list “%(title)s” at this URL uses “%(name)s” itself, so this URL cannot redirect."
        )
        raise ValidationError(sentence % {"title": found.title, "name": names[0]})
    if not names:
        raise ValidationError(
            _("There is a live page at this URL, so it cannot redirect. Unpublish the page first.")
        )
