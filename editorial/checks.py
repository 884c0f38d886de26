"""What the content checker of the CMS points at while an editor writes. It guides, it never stops.

Previews are searched as a reader would see them, whichever field or block the words came from. What
is found gets an attribute, and for each kind of it Wagtail's checker has a rule and a sentence.
"""

import re
from collections.abc import Iterable

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.userbar import ContentCheckerItem

from editorial.stigmatizing_language import Wording

VAGUE_LINK, UNSOURCED = "vague-link", "unsourced"
VAGUE = {
    *("click", "click here", "continue", "details", "find out more", "go", "here", "info"),
    *("learn more", "link", "more", "more info", "more information", "read", "read more"),
    *("see more", "this", "this link", "this page", "this website", "website"),
    *("aquí", "clic aquí", "haga clic aquí", "haz clic aquí", "leer más", "más", "más información"),
}
BARE_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
# What readers want proof of: shares, sums and what is said to be known.
NEEDS_SOURCE = re.compile(
    r"\d\s?%|\bper ?cent\b|\bpor ciento\b|[$€£]\s?\d|\b\d{1,3}(?:,\d{3})+\b"
    r"|\b\d[\d.,]*\s(?:thousand|million|billion|trillion)\b"
    r"|\b(?:\d+|one|two|three|four|five|six|seven|eight|nine)\s(?:in|out of)(?:\severy)?"
    r"\s(?:\d+|two|three|four|five|six|seven|eight|nine|ten)\b"
    r"|\b(?:studies|study|research|evidence|data)\s(?:shows?|finds?|found|says?|suggests?|proves?)\b"
    r"|\baccording to\b|\bsegún\b",
    re.IGNORECASE,
)
PICTURE_OF = (
    r"^\s*(?:an? |the )?(?:image|picture|photo|photograph|drawing|illustration|graphic) of\b"
    r"|^\s*(?:una? |la )?(?:imagen|foto|fotografía|ilustración) de\b"
)


def with_findings(html: str) -> SafeString:
    """The main part of a previewed page, with attributes at what its editor may want to mend."""
    soup = BeautifulSoup(html, "html.parser")
    for link in soup.find_all("a", href=True):
        words = " ".join(link.get_text().split()).strip(" .:!→»").lower()
        if (words in VAGUE or BARE_ADDRESS.fullmatch(words)) and not _is_quiet(link):
            link["data-check"] = VAGUE_LINK
    claims = soup.select(".claim")
    told = soup.select(".prose p, .prose li, .steps li")
    for passage in [*claims, *(words for words in told if NEEDS_SOURCE.search(words.get_text()))]:
        if not passage.select_one("sup.source-number"):
            passage["data-check"] = UNSOURCED
    _mark_words(soup, list(Wording.objects.all()))
    return mark_safe(str(soup))  # noqa: S308 - what templates rendered


def _is_quiet(found: Tag | NavigableString) -> bool:
    """Whether no editor wrote this: a person's own words, titles of others, lists of links."""
    return bool(found.find_parent(["blockquote", "nav"]) or found.find_parent(class_="sources"))


def _mark_words(soup: BeautifulSoup, wordings: Iterable[Wording]) -> None:
    rules = {wording.word.lower(): wording.rule for wording in wordings}
    if not rules:
        return
    longest_first = "|".join(sorted(map(re.escape, rules), key=len, reverse=True))
    pattern = re.compile(rf"\b({longest_first})(?:s|es)?\b", re.IGNORECASE)

    def marked(found: re.Match) -> str:
        if " " in found[0] and found[0].istitle():  # in the name of an institute
            return found[0]
        return f'<span data-check="{rules[found[1].lower()]}">{found[0]}</span>'

    for text in soup.find_all(string=pattern):
        if type(text) is NavigableString and not _is_quiet(text):
            html = pattern.sub(marked, conditional_escape(str(text)))
            text.replace_with(BeautifulSoup(html, "html.parser"))


class EditorialChecks(ContentCheckerItem):
    """Wagtail's checks, and ours."""

    axe_custom_checks = [
        {
            "id": "check-image-alt-text",
            "options": {"pattern": rf"{PICTURE_OF}|\.(avif|gif|jpg|jpeg|png|svg|webp)$|_"},
        },
        {"id": "check-empty-meta-description"},
        {
            "id": "was-found",
            "evaluate": "matches-definition-evaluate",
            "options": {"matcher": {"attributes": {"data-check": "/./"}}},
        },
    ]
    axe_messages = ContentCheckerItem.axe_messages | {
        "alt-text-quality": {
            "error_name": gettext_lazy("Alt text begins with “image of” or is a file name"),
            "help_text": gettext_lazy(
                "Say what the picture shows. Screen readers already announce that it is a picture."
            ),
        },
        "empty-meta-description": {
            "error_name": gettext_lazy("There is no summary"),
            "help_text": gettext_lazy(
                "Without a summary, search engines choose text from this page."
            ),
        },
        "heading-order": {
            "error_name": gettext_lazy("A heading skips a level"),
            "help_text": gettext_lazy("Place small headings under a large heading."),
        },
        VAGUE_LINK: {
            "error_name": gettext_lazy("The text of this link is vague"),
            "help_text": gettext_lazy(
                "Say where the link goes. Some people hear links on their own, in a list."
            ),
        },
        UNSOURCED: {
            "error_name": gettext_lazy("A claim without a source"),
            "help_text": gettext_lazy("Type / after the claim and choose “Source”."),
        },
    }

    def get_axe_run_only(self, request: HttpRequest) -> list[str]:
        return [*self.axe_run_only, *(rule["id"] for rule in self._rules())]

    def get_axe_custom_rules(self, request: HttpRequest) -> list[dict]:
        return [*self.axe_custom_rules, *self._rules()]

    def get_axe_messages(self, request: HttpRequest) -> dict:
        return self.axe_messages | {
            wording.rule: {
                "error_name": _("“%(word)s” can hurt") % {"word": wording.word},
                "help_text": _("Better: %(words)s. You may keep a person's own words.")
                % {"words": wording.instead.rstrip(".")},
            }
            for wording in Wording.objects.all()
        }

    def _rules(self) -> list[dict]:
        """A rule for each kind of finding, so that each has a sentence of its own."""
        wordings = (wording.rule for wording in Wording.objects.all())
        return [
            {
                "id": kind,
                "impact": "moderate",
                "selector": f'[data-check="{kind}"]',
                "tags": ["best-practice"],
                "none": ["was-found"],
                "excludeHidden": False,  # answers are normalized
                "enabled": True,
            }
            for kind in (VAGUE_LINK, UNSOURCED, *wordings)
        ]
