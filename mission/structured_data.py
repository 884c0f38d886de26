"""Structured data of a page (schema.org, JSON-LD). It contains only what the page shows."""

import json
from collections.abc import Iterable, Iterator
from html import unescape

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from wagtail.models import Page

from editorial.attribution import speaker_name
from editorial.models import BasePage
from mission.models import HomePage
from site_settings.models import SiteSettings

# Escaped so that no text can close the script element.
UNSAFE = {ord(character): f"\\u{ord(character):04X}" for character in "<>&\u2028\u2029"}


def script(objects: Iterable[dict]) -> SafeString:
    """A JSON-LD script element, which browsers do not execute; empty without objects."""
    graph = list(objects)
    if not graph:
        return SafeString("")
    data = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False)
    escaped = data.translate(UNSAFE)
    return mark_safe(f'<script type="application/ld+json">{escaped}</script>')  # noqa: S308


def schema_objects(
    page: BasePage, trail: list[Page], picture: str, site: SiteSettings, request: HttpRequest
) -> Iterator[dict]:
    """The schema.org objects of `page`. `picture` is the URL of its picture for sharing."""
    if isinstance(page, HomePage) and site.organization:
        yield _organization(page, site, request)
    if page.schema_type and site.organization and not page.is_sample:
        yield _article(page, picture, site)
    if trail:
        yield {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": n,
                    "name": ancestor.title,
                    "item": ancestor.full_url,
                }
                for n, ancestor in enumerate([*trail, page], 1)
            ],
        }
    if questions := list(_questions(page)):
        yield {"@type": "FAQPage", "mainEntity": questions}


def _organization(home: HomePage, site: SiteSettings, request: HttpRequest) -> dict:
    found = {
        "@type": "Organization",
        "name": site.organization,
        "url": home.full_url,
        "logo": request.build_absolute_uri(static("img/icon-512.png")),
        "slogan": site.tagline,
        "email": site.contact_email,
        "sameAs": [link["url"] for link in site.links],
    }
    return {name: value for name, value in found.items() if value}


def _article(page: BasePage, picture: str, site: SiteSettings) -> dict:
    found = {
        "@type": page.schema_type,
        "headline": page.title,
        "description": page.description,
        "url": page.full_url,
        "inLanguage": get_language(),
        "image": picture,
        "datePublished": page.first_published_at and page.first_published_at.isoformat(),
        "dateModified": page.last_published_at and page.last_published_at.isoformat(),
        # Never the storyteller: machines copy names to places the storyteller did not consent to.
        "author": {"@type": "Organization", "name": speaker_name(page, site)},
        "publisher": {"@type": "Organization", "name": site.organization},
    }
    return {name: value for name, value in found.items() if value}


def _questions(page: BasePage) -> Iterator[dict]:
    """Questions of accordions in which every title is a question."""
    for block in getattr(page, "body", ()):
        if block.block_type != "accordion":
            continue
        answers = block.value["answers"]
        if not all(answer["question"].endswith("?") for answer in answers):
            continue
        for answer in answers:
            text = unescape(strip_tags(str(answer["answer"].source))).strip()
            yield {
                "@type": "Question",
                "name": answer["question"],
                "acceptedAnswer": {"@type": "Answer", "text": text},
            }
