"""Rules for every page type, block, app and source file."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.utils.functional import Promise
from wagtail.blocks import Block, StreamBlock
from wagtail.fields import StreamField
from wagtail.models import Page, get_page_models

from editorial.blocks import groups
from editorial.blocks.body import BodyBlock
from editorial.models import BasePage
from editorial.registry import page_types
from mission.blocks import HomeBlock
from tests import factories
from tests.browser.pages import PAGES
from tests.every_page import PUBLIC_PATHS

PAGE_TYPES = [model for model in get_page_models() if model is not Page]


def stream_blocks() -> Iterator[Block]:
    """The blocks of the StreamFields of all page types, without duplicates."""
    streams: list[StreamBlock] = [
        field.stream_block
        for model in PAGE_TYPES
        for field in model._meta.get_fields()
        if isinstance(field, StreamField)
    ]
    found = {type(block): block for stream in streams for block in stream.child_blocks.values()}
    yield from found.values()


BLOCKS = list(stream_blocks())
STREAMS = (BodyBlock, HomeBlock)
MAX_BLOCK_TYPES = 16  # block types in one stream, because more are hard to choose from
MAX_LINES = 400  # in one file


def file_of(thing: type) -> str:
    """The path of the class's source file, relative to the repository."""
    return str(Path(inspect.getfile(thing)).relative_to(settings.BASE_DIR))


def source_files(pattern: str) -> Iterator[Path]:
    """Our files that match the pattern, without migrations."""
    for path in settings.BASE_DIR.rglob(pattern):
        parts = path.relative_to(settings.BASE_DIR).parts
        is_generated = parts[0].startswith(".") or parts[0] in {"var", "staticfiles"}
        if not is_generated and "migrations" not in parts:
            yield path


def imported_names(source: str, package: str) -> set[str]:
    """Dotted names that a module of `package` imports, also in functions and for typing."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package)
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def text_in(html: str) -> str:
    """The text of the HTML without tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_page_types_and_blocks_are_found() -> None:
    assert len(PAGE_TYPES) >= 7
    assert len(BLOCKS) >= 13


@pytest.mark.parametrize("model", PAGE_TYPES, ids=lambda model: model.__name__)
def test_page_type_declares_description_and_hierarchy(model: type[BasePage]) -> None:
    place = f"{file_of(model)}: {model.__name__}"
    assert issubclass(model, BasePage), f"{place} must inherit from BasePage."
    # Without a docstring, Django generates `Model(id, title, …)`.
    is_written = model.__doc__ and not model.__doc__.startswith(f"{model.__name__}(")
    assert is_written, f"{place} has no docstring. Say what editors use it for."
    described = str(vars(model).get("page_description", "")).endswith(".")
    assert described, f"{place} has no page_description. Add a sentence for editors."
    for declared in ("parent_page_types", "subpage_types", "content_panels", "search_fields"):
        assert declared in vars(model), f"{place} does not declare {declared}. Add it."
    get_template(model.template)


@pytest.mark.parametrize("model", PAGE_TYPES, ids=lambda model: model.__name__)
def test_empty_page_renders(
    model: type[BasePage], issue_index: Page, story_index: Page, news_index: Page, client: Client
) -> None:
    parents = {"IssuePage": issue_index, "StoryPage": story_index, "NewsPage": news_index}
    home = issue_index.get_parent()
    if model.__name__ == "HomePage":
        page = home.specific
        page.hero_statement = ""
        page.save()
    else:
        parent = parents.get(model.__name__, home)
        page = factories.factory_of(model)(parent=parent, title="Empty", slug="e")
    response = client.get(page.url)
    assert response.status_code == 200
    assert page.title in response.content.decode()


@pytest.mark.parametrize("model", PAGE_TYPES, ids=lambda model: model.__name__)
def test_unsaved_page_has_preview(
    model: type[BasePage], issue_index: Page, story_index: Page, news_index: Page
) -> None:
    parents = {"IssuePage": issue_index, "StoryPage": story_index, "NewsPage": news_index}
    parent = parents.get(model.__name__, issue_index.get_parent())
    page = model(title="New", slug="new", locale=parent.locale)
    page.path, page.depth = parent.path + "9999", parent.depth + 1
    page.set_url_path(parent)
    response = page.make_preview_request(preview_mode=page.default_preview_mode)
    assert response.status_code == 200


def test_full_page_of_each_type_renders(every_page: SimpleNamespace, client: Client) -> None:
    pages = list(vars(every_page).values())
    missing = sorted(model.__name__ for model in {*PAGE_TYPES} - {type(page) for page in pages})
    assert not missing, f"tests/every_page.py has no {missing}. Add pages to `make` and `SLUGS`."
    for page in pages:
        assert client.get(page.url).status_code == 200, page.url
        path = urlsplit(page.url).path
        assert path in PUBLIC_PATHS, f"Add {path} to PUBLIC_PATHS in tests/every_page.py."


def test_pages_render_after_pictures_are_deleted(
    every_page: SimpleNamespace, client: Client
) -> None:
    from pictures.models import Picture

    assert b"<img" in client.get(every_page.issue.url).content
    for picture in Picture.objects.all():
        picture.delete()
    for page in vars(every_page).values():
        response = client.get(page.url)
        assert response.status_code == 200
        assert b"<img" not in response.content


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_block_declares_meta_and_renders_preview(block: Block, every_page: SimpleNamespace) -> None:
    place = f"{file_of(type(block))}: {type(block).__name__}"
    assert type(block).__doc__, f"{place} has no docstring. Say what it shows."
    plain = Block().meta  # Wagtail's defaults
    for name in ("icon", "label", "description", "template"):
        found = getattr(block.meta, name, None)
        is_own = found and found != getattr(plain, name, None)
        assert is_own, f"{place} has no {name}. Add it to its class Meta."
    assert str(block.meta.description).endswith("."), f"{place}: end its description with a period."
    get_template(block.meta.template)
    html = block.render(block.get_preview_value(), {"request": RequestFactory().get("/")})
    assert text_in(html), f"{place} has an empty preview in the block picker. Add a preview_value."


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_empty_block_renders(block: Block, home: Page) -> None:
    empty = block.to_python({} if hasattr(block, "child_blocks") else "")
    html = block.render(empty, {"request": RequestFactory().get("/")})
    assert "None" not in html, (
        f"templates/{block.meta.template} shows “None” when the fields of {type(block).__name__} "
        "are empty, as in a draft. Write {% if value.name %} around each field."
    )


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.__name__)
def test_stream_has_few_block_types_in_groups(stream: type[StreamBlock]) -> None:
    kinds = stream().child_blocks
    assert kinds, f"{file_of(stream)}: {stream.__name__} has no blocks. Correct this test."
    assert len(kinds) <= MAX_BLOCK_TYPES, (
        f"{file_of(stream)}: {stream.__name__} has {len(kinds)} block types, "
        f"at most {MAX_BLOCK_TYPES}: {', '.join(kinds)}. Add a field to an existing block "
        "instead, or remove a block."
    )
    named = {str(value) for value in vars(groups).values() if isinstance(value, Promise)}
    for block in kinds.values():
        assert str(block.meta.group) in named, (
            f"{file_of(type(block))}: {type(block).__name__} has no group in the block picker. "
            "Add one of editorial/blocks/groups.py to its class Meta."
        )


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.__name__)
def test_pattern_library_shows_every_block(
    stream: type[StreamBlock], every_page: SimpleNamespace, client: Client
) -> None:
    html = client.get("/-/style/").content.decode()
    for block in stream().child_blocks.values():
        assert f">{block.label}, as previewed<" in html, (
            f"/-/style/ does not show {type(block).__name__}. See dpa_site/devtools/"
            "pattern_library.py."
        )


def test_apps_import_only_from_lower_layers() -> None:
    run = subprocess.run(
        [f"{sys.prefix}/bin/lint-imports", "--no-cache"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 kept, 0 broken" in run.stdout, run.stdout


def test_app_lists_name_every_app() -> None:
    """A tool checks only the apps in its own list."""
    apps = {path.parent.name for path in settings.BASE_DIR.glob("*/apps.py")}
    tools = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text("utf-8"))["tool"]
    layers = tools["importlinter"]["contracts"][0]["layers"]
    [warnings] = tools["pytest"]["ini_options"]["filterwarnings"]
    lists = {
        "INSTALLED_APPS in dpa_site/settings/production.py": apps & {*settings.INSTALLED_APPS},
        "`packages` of mypy in pyproject.toml": tools["mypy"]["packages"],
        "`root_packages` of importlinter in pyproject.toml": tools["importlinter"]["root_packages"],
        "`layers` of importlinter in pyproject.toml": layers,
        "`filterwarnings` of pytest in pyproject.toml": re.findall(
            r"\w+", warnings.partition("(")[2]
        ),
    }
    for name, listed in lists.items():
        assert set(listed) == apps, (
            f"{name} and the folders with an apps.py differ in {sorted(apps ^ set(listed))}."
        )
    text = (settings.BASE_DIR / "docs/architecture.md").read_text("utf-8")
    table = text.partition("| app | contents |")[2].partition("| package")[0]
    assert re.findall(r"^\| `(\w+)/`", table, re.MULTILINE) == layers[::-1], (
        "The table in docs/architecture.md must list the apps in the reverse order of `layers` in "
        "pyproject.toml."
    )


def test_imports_between_modules_have_no_cycle() -> None:
    modules = {
        ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts): path
        for path in source_files("*.py")
    }
    assert len(modules) > 200, "Too few modules were found. Correct this test."
    imports = {
        name: (imported_names(path.read_text("utf-8"), name.rpartition(".")[0]) & modules.keys())
        - {name}
        for name, path in modules.items()
    }
    TopologicalSorter(imports).prepare()  # raises CycleError, which names the modules


def test_imports_in_functions_and_for_typing_are_found() -> None:
    source = """
if TYPE_CHECKING:
    from news import models
def load():
    import stories.models
    from .blocks import BodyBlock
"""
    assert imported_names(source, "editorial") == {
        *("news", "news.models", "stories.models"),
        *("editorial.blocks", "editorial.blocks.BodyBlock"),
    }


def test_source_files_have_at_most_400_lines() -> None:
    long, read = {}, 0
    for pattern in ("*.py", "*.html", "*.css", "*.js"):
        for path in source_files(pattern):
            read += 1
            if (count := len(path.read_text("utf-8").splitlines())) > MAX_LINES:
                long[str(path.relative_to(settings.BASE_DIR))] = count
    assert read > 100, "Too few files were found. Correct this test."
    assert not long, f"Files of more than {MAX_LINES} lines: {long}. Split them by subject."


def test_browser_tests_open_every_page_type(starter: None) -> None:
    opened = {
        page.specific_class
        for page in Page.objects.live()
        if page.url in {path.partition("?")[0] for path in PAGES.values()}
    }
    missing = {model.__name__ for model in page_types()} - {model.__name__ for model in opened}
    assert not missing, (
        f"Add a page of {missing} to starter/ and its path to tests/browser/pages.py, so that its "
        "look, accessibility and printing are tested."
    )
