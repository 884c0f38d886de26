"""Reads and saves the pictures of a folder, described in pictures/facts.yaml."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File

from consent.models import ConsentRecord
from content_files import consent_fields, yaml_lines
from content_files.errors import ContentError, ErrorCollector
from content_files.field_parsers import parse_field
from content_files.file_access import read_picture_file, read_text_file
from content_files.schema import CONSENT_FIELDS
from content_files.targets import Targets, suggestion
from content_files.yaml_lines import Fields, Text
from pictures.cleaning import clean
from pictures.models import Picture

if TYPE_CHECKING:
    from django.db import models

OTHER_ALTS = {f"alt_{code}": code for code, _language in settings.LANGUAGES[1:]}
FACTS = ("title", "alt", *OTHER_ALTS, "credit", "focal_point", *CONSENT_FIELDS)


@dataclass
class PictureFile:
    key: str
    path: Path
    values: dict[str, object]
    consent: dict[str, object]  # values of a consent record
    focal_point: tuple[int, int] | None  # percent from the left and from the top
    digest: str

    def alt(self, language: str = "") -> str:
        others: dict = self.values["other_descriptions"]  # type: ignore[assignment]
        return others.get(language) or str(self.values["description"])


def read(root: Path, errors: ErrorCollector) -> dict[str, PictureFile | None]:
    """Return the pictures by file name. The value is None if the picture has an error."""
    folder = root / "pictures"
    files = {
        path.name: path
        for path in sorted(folder.glob("*"))
        if not path.name.startswith(".") and path.name != "facts.yaml"
    }
    facts = Fields()
    facts.keys_at = {}
    if files or (folder / "facts.yaml").exists():
        with errors.collect("pictures/facts.yaml"):
            facts = _facts(root, folder / "facts.yaml")
    for name in files.keys() - facts.keys():
        errors.add(f"pictures/{name}", 1, "this picture is not described in pictures/facts.yaml.")
    found: dict[str, PictureFile | None] = dict.fromkeys(files)
    for name, about in facts.items():
        line = facts.keys_at[name]
        with errors.collect("pictures/facts.yaml", line):
            if name not in files:
                raise ContentError(
                    f"there is no file “{name}” in pictures/.{suggestion(name, files)}",
                    line,
                )
            data = None
            with errors.collect(f"pictures/{name}"):
                data = read_picture_file(root, files[name])
            if data is not None:
                found[name] = _picture(files[name], data, about, line, errors)
    return found


def _facts(root: Path, path: Path) -> Fields:
    if not path.exists():
        raise ContentError("this file is missing. It describes each picture.", 1)
    try:
        return yaml_lines.read(read_text_file(root, path).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ContentError("this is not UTF-8 text.", 1) from error


def _picture(
    path: Path, data: bytes, about: yaml_lines.Value, line: int, errors: ErrorCollector
) -> PictureFile:
    if not isinstance(about, Fields):
        raise ContentError("expected lines such as “alt: What the picture shows”.", line)
    try:
        clean(data)
    except ValidationError as error:
        errors.add(f"pictures/{path.name}", 1, " ".join(error.messages))
    if "alt" not in about:
        raise ContentError(
            '“alt” is missing. Say what the picture shows, or write “alt: ""”.', line
        )
    found: dict[str, object] = {"title": path.stem.replace("-", " ").capitalize()}
    consent: dict[str, object] = {}
    others: dict[str, str] = {}
    focal_point = None
    for name, value in about.items():
        if name not in FACTS:
            raise ContentError(
                f"unknown field “{name}”.{suggestion(name, FACTS)}", about.keys_at[name]
            )
        if name == "focal_point":
            focal_point = _percentages(value)
            continue
        field_name = "description" if name.startswith("alt") else name
        model = ConsentRecord if name in CONSENT_FIELDS else Picture
        field = cast("models.Field", model._meta.get_field(field_name))
        read_value = parse_field(field, value, Targets({}))
        if name in OTHER_ALTS:
            others[OTHER_ALTS[name]] = str(read_value)
        elif name in CONSENT_FIELDS:
            consent[name] = read_value
        else:
            found[field.name] = read_value
    for error_line, reason in consent_fields.errors(about, consent, is_story=Picture.is_story):
        errors.add("pictures/facts.yaml", error_line, reason)
    described = (found, consent, focal_point, others)
    digest = hashlib.sha256(data + repr(described).encode()).hexdigest()
    found["other_descriptions"] = others
    return PictureFile(f"pictures/{path.name}", path, found, consent, focal_point, digest)


def _percentages(value: yaml_lines.Value) -> tuple[int, int]:
    numbers = [
        int(item)
        for item in value
        if isinstance(item, Text) and item.isdecimal() and len(item) <= len("100")
    ]
    if not isinstance(value, list) or len(numbers) != 2 or len(value) != 2 or max(numbers) > 100:
        raise ContentError("expected two percentages, such as [50, 40].", value.line)
    return numbers[0], numbers[1]


def save(file: PictureFile, picture: Picture | None) -> Picture:
    """Save the file as a new picture, or in `picture` if given. Makes no public files.

    A picture whose file changes gets a new consent record.
    """
    picture = picture or Picture()
    # Save the file first, because a new file resets consent and alt texts.
    with file.path.open("rb") as content:
        picture.file.save(file.path.name, File(content), save=False)
    for name, value in file.values.items():
        setattr(picture, name, value)
    picture.is_decoration = not picture.description
    _set_focal_point(picture, file.focal_point)
    picture.save(with_sizes=False)
    return picture


def _set_focal_point(picture: Picture, point: tuple[int, int] | None) -> None:
    """Set the focal point: a box around `point`, a tenth of the picture wide and high."""
    box: tuple[int | None, int | None, int | None, int | None] = (None, None, None, None)
    if point:
        x, y = point
        box = (
            round(picture.width * x / 100),
            round(picture.height * y / 100),
            round(picture.width / 10),
            round(picture.height / 10),
        )
    picture.focal_point_x, picture.focal_point_y = box[:2]
    picture.focal_point_width, picture.focal_point_height = box[2:]
