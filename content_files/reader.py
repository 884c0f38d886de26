"""Reads and checks a folder of content files. Writes nothing."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils import translation

from consent.mixins import HasConsent
from content_files import consent_fields, pictures, rich_text, translations, yaml_lines
from content_files.block_parsers import parse_body
from content_files.errors import ContentError, ErrorCollector, check_characters
from content_files.field_parsers import is_required, parse_field
from content_files.file_access import read_text_file
from content_files.page_file import PageFile
from content_files.pictures import PictureFile
from content_files.scalars import expect_text, parse_date
from content_files.schema import SETTINGS_FIELDS, SUBFOLDERS, TOP_LEVEL_FILES
from content_files.targets import Targets, suggestion
from content_files.yaml_lines import Fields
from site_settings.models import SiteSettings

if TYPE_CHECKING:
    from django.db import models

NAME = re.compile(r"(?:(?P<number>[0-9]+)-)?(?P<slug>\w+(?:-\w+)*)\.md")
FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
# Markdown with many brackets takes quadratic time: 8 seconds for 60,000 of them.
MAX_BRACKETS = 10_000
# Pages may not use these as the first segment of their URL path.
RESERVED_SLUGS = {"-", "admin", "documents", "media", "search", "static", "robots", "sitemap"}


@dataclass
class Folder:
    """A checked folder: `pages` in the order of their creation, parents first."""

    pages: list[PageFile] = field(default_factory=list)
    pictures: list[PictureFile] = field(default_factory=list)
    settings: dict[str, object] = field(default_factory=dict)
    translated_settings: dict[str, dict[str, object]] = field(default_factory=dict)  # by language


@dataclass
class _ParsedFile:
    page: PageFile
    fields: Fields
    body: str
    body_line: int


def read(root: Path, errors: ErrorCollector) -> Folder:
    """Read the folder at `root`. Adds the errors in its files to `errors`."""
    folder = Folder()
    files = list(_find_page_files(root, errors))
    pages = {page.key: page for _path, page in files}
    parsed_files = []
    for path, page in files:
        with errors.collect(page.file):
            parsed_files.append(_parse_page_file(read_text_file(root, path), page))
    for name in TOP_LEVEL_FILES.keys() & SUBFOLDERS.keys():
        if name not in pages and any(key.startswith(f"{name}/") for key in pages):
            pages[name] = _missing_parent(name, errors)
    found = pictures.read(root, errors)
    folder.pictures = [picture for picture in found.values() if picture]
    page_types = {page.name: page.file_type.model for page in pages.values() if not page.language}
    for parsed in parsed_files:
        language = parsed.page.language
        # A picture with an error still exists, so pages may refer to it.
        alts = {name: file.alt(language) if file else "" for name, file in found.items()}
        _fill(parsed, Targets(page_types, alts), folder, errors)
        # A figure stores its picture's alt text, so a new alt text changes the page.
        used = [alt for name, alt in sorted(alts.items()) if name in parsed.body]
        parsed.page.digest = _digest(parsed.page.digest, *used)
    translations.copy_shared_values(pages, errors)
    if folder.translated_settings:
        folder.settings["other_languages"] = [
            {"type": "words", "value": {"language": language, **values}}
            for language, values in sorted(folder.translated_settings.items())
        ]
    section_order = ["home", *TOP_LEVEL_FILES, *SUBFOLDERS]
    folder.pages = sorted(
        pages.values(),
        key=lambda page: (
            page.language,
            "/" in page.name,
            section_order.index(page.name.split("/")[0]),
            page.number,
            page.slug,
        ),
    )
    _check_unique_urls(folder, errors)
    return folder


def _find_page_files(root: Path, errors: ErrorCollector) -> Iterator[tuple[Path, PageFile]]:
    """Yield the path of each page file, and a PageFile with what the path tells."""
    if not (root / "home.md").is_file():
        errors.add("home.md", 1, "this file is missing. It holds the home page.")
    keys: dict[str, str] = {}
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.is_dir() or parts == ("README.md",) or any(part.startswith(".") for part in parts):
            continue
        if parts[0] == "pictures" and len(parts) == 2:
            continue
        name, match = str(Path(*parts)), NAME.fullmatch(parts[-1])
        language = parts[0] if parts[0] in translations.LANGUAGES and len(parts) > 1 else ""
        parts = parts[1:] if language else parts
        if len(parts) == 1 and match and match["slug"] in TOP_LEVEL_FILES and not match["number"]:
            page = PageFile(match["slug"], TOP_LEVEL_FILES[match["slug"]], match["slug"])
        elif len(parts) == 2 and match and parts[0] in SUBFOLDERS:
            page = PageFile(f"{parts[0]}/{match['slug']}", SUBFOLDERS[parts[0]], match["slug"])
            page.number = int(match["number"] or page.number)
        else:
            hint = suggestion(
                parts[0], [*SUBFOLDERS, *(f"{single}.md" for single in TOP_LEVEL_FILES)]
            )
            allowed = "docs/content-files.md lists the allowed names"
            errors.add(name, 1, f"unexpected file name ({allowed}).{hint}")
            continue
        page.file, page.language = name, language
        if page.key in keys:
            errors.add(name, 1, f"{keys[page.key]} has the same URL. Rename one of them.")
            continue
        keys[page.key] = name
        yield path, page


def _parse_page_file(data: bytes, page: PageFile) -> _ParsedFile:
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ContentError("this is not UTF-8 text.", line) from error
    match = FRONT_MATTER.match(text)
    if not match:
        raise ContentError("the file must begin with fields between two lines of “---”.", 1)
    _check_text(text)
    page.digest = _digest(str(page.number), text)
    fields = yaml_lines.read(match[1], 2)
    return _ParsedFile(page, fields, text[match.end() :], text[: match.end()].count("\n") + 1)


def _check_text(text: str) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        check_characters(line, number)
    if text.count("[") > MAX_BRACKETS:
        raise ContentError(f"the file has more than {MAX_BRACKETS:,} “[”.", 1)


def _missing_parent(name: str, errors: ErrorCollector) -> PageFile:
    """The parent page of the files in a folder such as `issues/`, if there is no `issues.md`."""
    file_type = TOP_LEVEL_FILES[name]
    for field_name in file_type.required:
        if field_name != "title":
            errors.add(f"{name}.md", 1, f"this file is missing. It must set “{field_name}”.")
    title = _in_main_language(file_type.files.title) or name.capitalize()
    return PageFile(name, file_type, name, {"title": title}, f"{name}.md")


def _in_main_language(text: object) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return str(text)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _fill(parsed: _ParsedFile, targets: Targets, folder: Folder, errors: ErrorCollector) -> None:
    page, file_type = parsed.page, parsed.page.file_type
    known_fields, other_keys = file_type.fields, file_type.other_keys
    required = set(file_type.required) - ({"title"} if page.key == "home" else set())
    if page.language:
        known_fields, other_keys = translations.allowed_fields(page)
        required -= translations.copied_fields(file_type)
    for name in file_type.required:
        if name in required - parsed.fields.keys():
            errors.add(page.file, parsed.fields.line, f"“{name}” is missing.")
    if "notes" in parsed.fields:
        with errors.collect(page.file, parsed.fields.keys_at["notes"]):
            targets = replace(targets, notes=rich_text.parse_notes(parsed.fields.pop("notes")))
    for name, value in parsed.fields.items():
        line = parsed.fields.keys_at[name]
        with errors.collect(page.file, line):
            if name in known_fields:
                values = page.consent if name in file_type.consent_fields else page.values
                values[name] = parse_field(file_type.field(name), value, targets)
            elif name in other_keys:
                _parse_other_field(name, value, page, folder, targets)
            else:
                hint = suggestion(name, (*known_fields, *other_keys))
                raise ContentError(f"unknown field “{name}”.{hint}", line)
    if issubclass(file_type.model, HasConsent):
        is_story = file_type.model.is_story
        for line, reason in consent_fields.errors(parsed.fields, page.consent, is_story=is_story):
            errors.add(page.file, line, reason)
    if page.key == "home":
        page.values.setdefault("title", folder.settings.get("organization") or "Home")
    with errors.collect(page.file, parsed.body_line):
        if file_type.stream:
            page.values[file_type.files.body] = parse_body(
                file_type.stream, parsed.body, parsed.body_line, targets
            )
            body = file_type.field(file_type.files.body)
            if is_required(body) and not parsed.body.strip():
                raise ContentError("the text below the fields is missing.", parsed.body_line)
        elif parsed.body.strip():
            raise ContentError(
                "this page has no body. Put the text in its fields.", parsed.body_line
            )


def _parse_other_field(
    name: str, value: yaml_lines.Value, page: PageFile, folder: Folder, targets: Targets
) -> None:
    if name in translations.TRANSLATED_SETTINGS and page.language:
        model_field = cast("models.Field", SiteSettings._meta.get_field(name))
        translated_settings = folder.translated_settings.setdefault(page.language, {})
        translated_settings[name] = parse_field(model_field, value, targets)
    elif name in SETTINGS_FIELDS:
        model_field = cast("models.Field", SiteSettings._meta.get_field(name))
        folder.settings[name] = parse_field(model_field, value, targets)
    elif name == "language":
        if value != settings.LANGUAGE_CODE:
            raise ContentError(
                f"the content is in “{value}”, but the site's main language is "
                f"“{settings.LANGUAGE_CODE}”. Start the site with LANGUAGES={value}.",
                value.line,
            )
    elif name == "slug":
        page.slug = str(parse_field(page.file_type.field("slug"), value, targets))
    elif name == "published_on":
        page.published_on = parse_date(expect_text(value))


def _check_unique_urls(folder: Folder, errors: ErrorCollector) -> None:
    seen: dict[tuple[str, str], str] = {}
    for page in folder.pages:
        if page.name == "home":
            continue
        url_key = (page.parent, page.slug)
        reserved = RESERVED_SLUGS | set(dict(settings.LANGUAGES))
        if page.parent.endswith("home") and page.slug in reserved:
            errors.add(page.file, 1, f"the URL /{page.slug}/ is reserved. Rename the file.")
        if url_key in seen:
            errors.add(page.file, 1, f"{seen[url_key]} has the same URL. Rename one of them.")
        seen[url_key] = page.file
