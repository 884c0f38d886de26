"""Reads and checks a folder of content files. Writes nothing."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation

from mission.content import values, yaml_lines
from mission.content.kinds import CONSENT, DATED, MANY, SETTINGS, SINGLE, Kind
from mission.content.mistakes import Mistakes, Wrong
from mission.content.values import Names
from mission.content.yaml_lines import Fields, Text
from mission.site_settings import SiteSettings
from pictures.cleaning import clean
from pictures.models import Picture

NAME = re.compile(r"(?:(?P<number>\d+)-)?(?P<slug>\w+(?:-\w+)*)\.md")
FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
FACTS = ("title", "alt", "credit", "focal_point", *CONSENT)
# First parts of addresses that are not pages.
TAKEN = {"-", "admin", "documents", "media", "search", "static", "robots", "sitemap"}


@dataclass
class PageFile:
    """A page as its file describes it; `values` are those of model fields, with `Ref`s inside."""

    key: str
    kind: Kind
    slug: str
    values: dict[str, object] = field(default_factory=dict)
    file: str = ""
    number: int = 10**9
    digest: str = ""
    published_on: date | None = None

    @property
    def parent(self) -> str:
        """The key of the page above this one; home has none."""
        if self.key == "home":
            return ""
        room, _slash, rest = self.key.partition("/")
        return room if rest and room in SINGLE else "home"


@dataclass
class PictureFile:
    key: str
    path: Path
    values: dict[str, object]
    focal_point: tuple[int, int] | None  # percent from the left and from the top
    digest: str


@dataclass
class Folder:
    """A checked folder: `pages` in the order in which they are made, parents first."""

    pages: list[PageFile] = field(default_factory=list)
    pictures: list[PictureFile] = field(default_factory=list)
    settings: dict[str, object] = field(default_factory=dict)


@dataclass
class _Source:
    page: PageFile
    fields: Fields
    body: str
    body_line: int


def read(root: Path, mistakes: Mistakes) -> Folder:
    """The folder at `root`; what is wrong with it is noted in `mistakes`."""
    folder = Folder()
    files = list(_files(root, mistakes))
    pages = {page.key: page for _path, page in files}
    sources = []
    for path, page in files:
        with mistakes.noted(page.file):
            sources.append(_source(path, page))
    for name in SINGLE.keys() & MANY.keys():
        if name not in pages and any(key.startswith(f"{name}/") for key in pages):
            title = _main_language(SINGLE[name].title)
            pages[name] = PageFile(name, SINGLE[name], name, {"title": title})
    alts = _read_pictures(root, folder, mistakes)
    names = Names({key: page.kind.model for key, page in pages.items()}, alts)
    for source in sources:
        _fill(source, names, folder, mistakes)
        # A figure keeps its picture's alt text, so a new one is a change of the page.
        used = [alt for name, alt in sorted(alts.items()) if name in source.body]
        source.page.digest = _digest(source.page.digest, *used)
    rooms = ["home", *SINGLE, *MANY]
    folder.pages = sorted(
        pages.values(),
        key=lambda page: (
            "/" in page.key,
            rooms.index(page.key.split("/")[0]),
            page.number,
            page.slug,
        ),
    )
    _refuse_shared_addresses(folder, mistakes)
    return folder


def _files(root: Path, mistakes: Mistakes) -> Iterator[tuple[Path, PageFile]]:
    """The files that are pages, by their names alone."""
    if not (root / "home.md").is_file():
        mistakes.add("home.md", 1, "this file is missing: it is the home page.")
    keys: dict[str, str] = {}
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.is_dir() or parts == ("README.md",) or any(part.startswith(".") for part in parts):
            continue
        if parts[0] == "pictures" and len(parts) == 2:
            continue
        name, match = str(Path(*parts)), NAME.fullmatch(parts[-1])
        if len(parts) == 1 and match and match["slug"] in SINGLE and not match["number"]:
            page = PageFile(match["slug"], SINGLE[match["slug"]], match["slug"], file=name)
        elif len(parts) == 2 and match and parts[0] in MANY:
            page = PageFile(f"{parts[0]}/{match['slug']}", MANY[parts[0]], match["slug"], file=name)
            page.number = int(match["number"] or page.number)
        else:
            known = values.hint(parts[0], [*MANY, *(f"{single}.md" for single in SINGLE)])
            mistakes.add(
                name, 1, f"there is no place for a file of this name (see “slug.md”).{known}"
            )
            continue
        if page.key in keys:
            mistakes.add(name, 1, f"{keys[page.key]} has the same address: rename one of them.")
            continue
        keys[page.key] = name
        yield path, page


def _source(path: Path, page: PageFile) -> _Source:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Wrong("this is not UTF-8 text.", line) from error
    match = FRONT_MATTER.match(text)
    if not match:
        raise Wrong("the file must begin with fields between two lines of “---”.", 1)
    page.digest = _digest(str(page.number), text)
    fields = yaml_lines.read(match[1], 2)
    return _Source(page, fields, text[match.end() :], text[: match.end()].count("\n") + 1)


def _main_language(words: object) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return str(words)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _fill(source: _Source, names: Names, folder: Folder, mistakes: Mistakes) -> None:
    page, kind = source.page, source.page.kind
    extra = dict.fromkeys(SINGLE, ("slug",)) | {"home": ("language", *SETTINGS)}
    special = extra.get(page.key, ("published_on",) if page.parent in DATED else ())
    if "title" not in source.fields and page.key != "home":
        mistakes.add(page.file, source.fields.line, "“title” is missing.")
    if "notes" in source.fields:
        with mistakes.noted(page.file, source.fields.keys_at["notes"]):
            names = replace(names, notes=values.of_notes(source.fields.pop("notes")))
    for name, value in source.fields.items():
        line = source.fields.keys_at[name]
        with mistakes.noted(page.file, line):
            if name in kind.fields:
                model_field = kind.model._meta.get_field(name)
                page.values[name] = values.of_field(model_field, value, names)
            elif name in special:
                _special(name, value, page, folder, names)
            else:
                known = values.hint(name, (*kind.fields, *special))
                raise Wrong(f"unknown field “{name}”.{known}", line)
    if page.key == "home":
        page.values.setdefault("title", folder.settings.get("organisation") or "Home")
    with mistakes.noted(page.file, source.body_line):
        if kind.stream:
            page.values[kind.body] = values.body(kind.stream, source.body, source.body_line, names)
        elif source.body.strip():
            raise Wrong("this page has no body: words belong into its fields.", source.body_line)


def _special(
    name: str, value: yaml_lines.Value, page: PageFile, folder: Folder, names: Names
) -> None:
    if name in SETTINGS:
        model_field = SiteSettings._meta.get_field(name)
        folder.settings[name] = values.of_field(model_field, value, names)
    elif name == "language":
        if value != settings.LANGUAGE_CODE:
            raise Wrong(
                f"the words are in “{value}”, but the site's main language is "
                f"“{settings.LANGUAGE_CODE}”: start the site with LANGUAGES={value}.",
                value.line,
            )
    elif name == "slug":
        page.slug = str(values.of_field(page.kind.model._meta.get_field("slug"), value, names))
    elif name == "published_on":
        page.published_on = values.of_date(value)


def _refuse_shared_addresses(folder: Folder, mistakes: Mistakes) -> None:
    seen: dict[tuple[str, str], str] = {}
    for page in folder.pages:
        if page.key == "home":
            continue
        address = (page.parent, page.slug)
        if page.parent == "home" and page.slug in TAKEN | set(dict(settings.LANGUAGES)):
            mistakes.add(page.file, 1, f"the address /{page.slug}/ is not free: rename the file.")
        if address in seen:
            mistakes.add(page.file, 1, f"{seen[address]} has the same address: rename one of them.")
        seen[address] = page.file


def _read_pictures(root: Path, folder: Folder, mistakes: Mistakes) -> dict[str, str]:
    """Fills `folder.pictures`; returns the alt text of each file name."""
    place = root / "pictures"
    files = {
        path.name: path
        for path in sorted(place.glob("*"))
        if not path.name.startswith(".") and path.name != "facts.yaml"
    }
    facts = Fields()
    facts.keys_at = {}
    if files or (place / "facts.yaml").exists():
        with mistakes.noted("pictures/facts.yaml"):
            facts = _facts(place / "facts.yaml")
    for name in files.keys() - facts.keys():
        mistakes.add(f"pictures/{name}", 1, "pictures/facts.yaml says nothing about this picture.")
    for name, about in facts.items():
        line = facts.keys_at[name]
        with mistakes.noted("pictures/facts.yaml", line):
            if name not in files:
                raise Wrong(
                    f"there is no file “{name}” in pictures/.{values.hint(name, files)}", line
                )
            folder.pictures.append(_picture(files[name], about, line, mistakes))
    alts = dict.fromkeys(files, "")  # a picture with a mistake of its own is still a picture
    return alts | {
        picture.path.name: str(picture.values["description"]) for picture in folder.pictures
    }


def _facts(path: Path) -> Fields:
    try:
        return yaml_lines.read(path.read_text("utf-8-sig"))
    except FileNotFoundError as error:
        raise Wrong("this file is missing: it says what is true of each picture.", 1) from error
    except UnicodeDecodeError as error:
        raise Wrong("this is not UTF-8 text.", 1) from error


def _picture(path: Path, about: yaml_lines.Value, line: int, mistakes: Mistakes) -> PictureFile:
    if not isinstance(about, Fields):
        raise Wrong("expected lines such as “alt: What the picture shows”.", line)
    data = path.read_bytes()
    try:
        clean(path.name, data)
    except ValidationError as error:
        mistakes.add(f"pictures/{path.name}", 1, " ".join(error.messages))
    if "alt" not in about:
        raise Wrong('“alt” is missing: say what the picture shows, or write “alt: ""”.', line)
    found: dict[str, object] = {"title": path.stem.replace("-", " ").capitalize()}
    focal_point = None
    for name, value in about.items():
        if name not in FACTS:
            raise Wrong(f"unknown field “{name}”.{values.hint(name, FACTS)}", about.keys_at[name])
        if name == "focal_point":
            focal_point = _percentages(value)
            continue
        name = {"alt": "description"}.get(name, name)
        found[name] = values.of_field(Picture._meta.get_field(name), value, Names({}))
    digest = hashlib.sha256(data + repr((found, focal_point)).encode()).hexdigest()
    return PictureFile(f"pictures/{path.name}", path, found, focal_point, digest)


def _percentages(value: yaml_lines.Value) -> tuple[int, int]:
    numbers = [int(item) for item in value if isinstance(item, Text) and item.isdecimal()]
    if not isinstance(value, list) or len(numbers) != 2 or len(value) != 2 or max(numbers) > 100:
        raise Wrong("expected two percentages: [50, 40].", value.line)
    return numbers[0], numbers[1]
