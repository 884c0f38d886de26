"""Adds editorial checks to Wagtail's content checker. They warn and never block publishing.

The checks search the rendered preview, so they cover the text of every field and block. Each
finding gets a `data-check` attribute. Wagtail's checker gets one axe rule with its own message for
each type of finding.
"""

import json
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
from wagtail.models import Page

from editorial.content_words import CONTENT_WORDS
from editorial.picture_uses import picture_uses
from editorial.stigmatizing_language import Wording

VAGUE_LINK, UNSOURCED, ALT_LANGUAGE = "vague-link", "unsourced", "alt-language"
VAGUE_LINK_TEXTS = frozenset[str]().union(*(words.vague_links for words in CONTENT_WORDS.values()))
BARE_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
CLAIM_WORDS = "|".join(claim for words in CONTENT_WORDS.values() for claim in words.claims)
# Statements that need a source: percentages, sums, large numbers and references to studies.
NEEDS_SOURCE = re.compile(
    rf"\d\s?%|[$€£]\s?\d|\b\d{{1,3}}(?:[.,]\d{{3}})+\b|\b(?:{CLAIM_WORDS})", re.IGNORECASE
)
ALT_PREFIX = "|".join(rf"^\s*{words.alt_text_start}" for words in CONTENT_WORDS.values())
PLURAL_ENDINGS = "|".join(
    sorted({ending for words in CONTENT_WORDS.values() for ending in words.plural_endings})
)


def mark_findings(html: str) -> SafeString:
    """Return `html`, the main part of a preview, with a `data-check` attribute on each finding."""
    soup = BeautifulSoup(html, "html.parser")
    for link in soup.find_all("a", href=True):
        words = " ".join(link.get_text().split()).strip(" .:!→»").lower()
        if (words in VAGUE_LINK_TEXTS or BARE_URL.fullmatch(words)) and not _is_exempt(link):
            link["data-check"] = VAGUE_LINK
    claims = soup.select(".claim")
    passages = soup.select(".prose p, .prose li, .steps li")
    for passage in [
        *claims,
        *(one for one in passages if NEEDS_SOURCE.search(one.get_text())),
    ]:
        if not passage.select_one("sup.source-number"):
            passage["data-check"] = UNSOURCED
    for picture in soup.select("img[lang]"):  # the alt text is in another language
        picture["data-check"] = ALT_LANGUAGE
    _mark_stigmatizing_words(soup, list(Wording.objects.all()))
    return mark_safe(str(soup))  # noqa: S308 - what templates rendered


def _is_exempt(found: Tag | NavigableString) -> bool:
    """Whether `found` is in a quote, in navigation or in the list of sources."""
    return bool(found.find_parent(["blockquote", "nav"]) or found.find_parent(class_="sources"))


def _mark_stigmatizing_words(soup: BeautifulSoup, wordings: Iterable[Wording]) -> None:
    rules = {wording.word.lower(): wording.rule for wording in wordings}
    if not rules:
        return
    longest_first = "|".join(sorted(map(re.escape, rules), key=len, reverse=True))
    pattern = re.compile(rf"\b({longest_first})(?:{PLURAL_ENDINGS})?\b", re.IGNORECASE)

    def marked(found: re.Match) -> str:
        if " " in found[0] and found[0].istitle():  # probably an organization's name
            return found[0]
        return f'<span data-check="{rules[found[1].lower()]}">{found[0]}</span>'

    for text in soup.find_all(string=pattern):
        if type(text) is NavigableString and not _is_exempt(text):
            html = pattern.sub(marked, conditional_escape(str(text)))
            text.replace_with(BeautifulSoup(html, "html.parser"))


class EditorialChecks(ContentCheckerItem):
    """Wagtail's content checks and the editorial checks of `page`."""

    def __init__(self, page: Page | None = None, *, in_editor: bool = False) -> None:
        super().__init__(in_editor=in_editor)
        language = page.locale.language_code if page and page.locale_id else ""
        # Pictures whose alt text is in another language, by the id of their axe rule.
        used = (use.picture for use in picture_uses(page)) if page and language else ()
        self._pictures_by_rule = {
            f"{ALT_LANGUAGE}-{picture.pk}": picture
            for picture in used
            if picture.fallback_alt_language(language)
        }

    axe_custom_checks = [
        {
            "id": "check-image-alt-text",
            "options": {"pattern": rf"{ALT_PREFIX}|\.(avif|gif|jpg|jpeg|png|svg|webp)$|_"},
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
        alt_languages = {
            rule: {
                "error_name": _("“%(title)s” has no alt text in this language")
                % {"title": picture.title},
                "help_text": _(
                    "Screen readers read the alt text in the main language instead. Write one in "
                    "this language in the form of the picture."
                ),
            }
            for rule, picture in self._pictures_by_rule.items()
        }
        wordings = {
            wording.rule: {
                "error_name": _("“%(word)s” can hurt") % {"word": wording.word},
                "help_text": _("Better: %(words)s. You may keep a person's own words.")
                % {"words": wording.instead.rstrip(".")},
            }
            for wording in Wording.objects.all()
        }
        return self.axe_messages | alt_languages | wordings

    def _rules(self) -> list[dict]:
        """One axe rule per type of finding, so that each has its own message."""
        names = (VAGUE_LINK, UNSOURCED, *(wording.rule for wording in Wording.objects.all()))
        selectors = {name: f'[data-check="{name}"]' for name in names}
        for name, picture in self._pictures_by_rule.items():
            # JSON escapes a string as CSS does, except control characters, which alt texts lack.
            alt = json.dumps(picture.description, ensure_ascii=False)
            selectors[name] = f'[data-check="{ALT_LANGUAGE}"][alt={alt}]'
        return [
            {
                "id": name,
                "impact": "moderate",
                "selector": selector,
                "tags": ["best-practice"],
                "none": ["was-found"],
                "excludeHidden": False,  # answers in accordions are collapsed
                "enabled": True,
            }
            for name, selector in selectors.items()
        ]
