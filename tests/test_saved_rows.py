"""No code saves a row that may have been deleted: `save()` would insert it again."""

import ast
from collections.abc import Iterator

from django.conf import settings

from tests.test_architecture import source_files

# Calls of `save()` that may insert a row, and why they cannot insert a deleted row again.
SAFE = {
    "content_files/loader.py": {
        "found.save": "site settings",
        "page.save": "a page; with consent, it raises WithdrawnMeanwhile",
        "site.save": "a site",
    },
    "consent/changes.py": {"new.save": "it is locked by read_record()"},
    "content_files/pictures.py": {"picture.save": "it raises WithdrawnMeanwhile"},
    "dpa_site/management/commands/release.py": {"site.save": "a site"},
    "editorial/redirects/views.py": {"form.save": "the form of a new redirect"},
    "pictures/fields.py": {"picture.save": "it raises WithdrawnMeanwhile"},
    "pictures/management/commands/clean_pictures.py": {
        "picture.save": "it raises WithdrawnMeanwhile"
    },
    "pictures/models.py": {"self.file.save": "only the file"},
    "search/index.py": {
        "build_entry(instance).save": "it refers to its page, which must exist",
        "build_entry(page).save": "it refers to its page, which must exist",
    },
    "staff/management/commands/create_administrator.py": {"user.save": "a new user"},
    "staff/models.py": {"row.save": "a new row"},
    "staff/views.py": {"form.save": "`User.save` inserts no deleted row"},
    "stories/submissions.py": {"picture.save": "a new picture"},
}
FILES = (  # calls that save files, not rows
    *("picture.file.save", "plain.save", "storage.save", "default_storage.save", "catalog.save"),
    "decoded.image.save",
    *("cropped.save", "store.storage().save", "pictures.save", "submissions.save"),
)
UPDATES = {"update_fields", "force_update", "force_insert"}


def saves(source: str) -> Iterator[str]:
    """The calls of `save` that may insert a row, except `super().save()`."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "save"
            and not UPDATES & {keyword.arg for keyword in node.keywords}
        ):
            called = ast.unparse(node.func)
            if not called.startswith("super()") and called not in FILES:
                yield called


def test_saves_that_may_insert_are_known() -> None:
    found = {}
    for path in source_files("*.py"):
        name = str(path.relative_to(settings.BASE_DIR))
        if name.startswith(("tests/", "bench/", "typings/")):
            continue
        if calls := set(saves(path.read_text("utf-8"))):
            found[name] = calls
    known = {name: set(calls) for name, calls in SAFE.items()}
    assert found == known, (
        "If a row may be deleted while your code runs, change it with `update()` of a QuerySet, "
        "which inserts nothing, or lock it. Otherwise add the call to SAFE, and say why."
    )


def test_saves_are_found() -> None:
    source = "row.save()\nrow.save(update_fields=['a'])\nsuper().save()\nget(1).save(using='x')"
    assert list(saves(source)) == ["row.save", "get(1).save"]
