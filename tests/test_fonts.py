"""Pages load only the font files whose characters they contain."""

import re
from pathlib import Path

from django.conf import settings

STATIC = settings.BASE_DIR / "static"
FIRST_FILES = {"Atkinson": "atkinson-next", "Bricolage": "bricolage-grotesque"}


def rules() -> list[tuple[str, str, list[range]]]:
    """Family, file and characters of each @font-face rule.

    The last rule of the file comes first, because browsers prefer it.
    """
    found = []
    for rule in (STATIC / "css/fonts.css").read_text().split("@font-face")[:0:-1]:
        family = re.search(r"font-family: (\w+)", rule)[1]  # type: ignore[index]
        file = re.search(r"fonts/([\w-]+)\.woff2", rule)[1]  # type: ignore[index]
        ends = re.findall(r"U\+([0-9a-f]+)(?:-([0-9a-f]+))?", rule)
        ranges = [range(int(first, 16), int(last or first, 16) + 1) for first, last in ends]
        found.append((family, file, ranges))
    return found


def test_each_font_file_has_one_rule() -> None:
    files = [file for _family, file, _ranges in rules()]
    assert sorted(files) == sorted(path.stem for path in (STATIC / "fonts").glob("*.woff2"))


def test_english_and_spanish_load_only_the_first_files() -> None:
    folder = settings.BASE_DIR / "starter"
    texts = [path.read_text() for path in folder.rglob("*.md")]
    catalog = (settings.BASE_DIR / "locale/es/LC_MESSAGES/django.po").read_text()
    # Only the CMS shows “†”: it marks a source in a text to translate.
    characters = set("".join([*texts, catalog])) - {"\n", "†"}
    for family, first in FIRST_FILES.items():
        for character in characters:
            file = next(
                file
                for of_family, file, ranges in rules()
                if of_family == family and any(ord(character) in one for one in ranges)
            )
            assert file == first, f"{character} is in {file}"


def test_font_files_are_within_size_budget() -> None:
    def size(file: str) -> int:
        return Path(STATIC / f"fonts/{file}.woff2").stat().st_size

    assert sum(map(size, FIRST_FILES.values())) <= 37 * 1024
    for _family, file, _ranges in rules():
        assert file in FIRST_FILES.values() or size(file) <= 16 * 1024, file
