"""docs/upgrading.md lists all internals of other packages that our code uses.

If a test fails after an upgrade, a package has changed something that it does not document.
"""

import ast
import importlib
import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.template import Context, Template
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, ExtendsNode
from django.urls import resolve, reverse

from dpa_site.devtools import newest_versions
from editorial.publishing.approval_messages import WorkflowAction
from editorial.publishing.creation import CreateView
from editorial.publishing.unpublish import Unpublish
from editorial.redirects import views as redirects
from editorial.translations import segments
from editorial.translations import views as translations
from pictures import upload_views
from staff.views import AccountView
from tests.test_stylesheets import CSS, css_without_comments, is_used

ROOT = settings.BASE_DIR
DOCUMENT = ROOT / "docs/upgrading.md"
OWN = [config for config in apps.get_app_configs() if Path(config.path).parent == ROOT]
OWN_PACKAGES = {config.name for config in OWN}
OTHERS = [config for config in apps.get_app_configs() if config not in OWN]
SOURCES = [
    path
    for config in OWN
    for path in sorted(Path(config.path).rglob("*.py"))
    if "migrations" not in path.parts
]

# Packages whose undocumented modules we import, and the names that these packages document.
PACKAGES = {"allauth", "modelcluster", "wagtail", "wagtail_localize", "willow"}
DOCUMENTED = {
    *("wagtail", "wagtail.blocks", "wagtail.blocks.list_block", "wagtail.fields", "wagtail.models"),
    *("wagtail.log_actions", "wagtail.query", "wagtail.signals", "wagtail.search.index"),
    *("wagtail.search", "wagtail.rich_text", "wagtail.rich_text.feature_registry"),
    *("wagtail.url_routing", "wagtail.admin", "wagtail.admin.filters", "wagtail.admin.forms"),
    *("wagtail.admin.forms.models", "wagtail.admin.forms.pages", "wagtail.admin.menu.MenuItem"),
    *("wagtail.admin.panels", "wagtail.admin.rich_text.converters.html_to_contentstate"),
    *("wagtail.admin.rich_text.editors.draftail.features", "wagtail.admin.ui.components"),
    *("wagtail.admin.ui.tables.Column", "wagtail.admin.userbar", "wagtail.admin.views.reports"),
    *("wagtail.admin.viewsets.base", "wagtail.admin.viewsets.model", "wagtail.admin.widgets"),
    *("wagtail.admin.viewsets.pages", "wagtail.admin.widgets.button", "wagtail.api.v2.router"),
    *("wagtail.contrib.redirects.models", "wagtail.contrib.routable_page.models"),
    *("wagtail.contrib.settings.models", "wagtail.contrib.sitemaps"),
    *("wagtail.contrib.sitemaps.views", "wagtail.documents", "wagtail.documents.blocks"),
    *("wagtail.documents.models", "wagtail.images", "wagtail.images.blocks"),
    *("wagtail.users.apps.WagtailUsersAppConfig", "wagtail.users.views.users.UserViewSet"),
    *("wagtail.images.forms", "wagtail.images.models.AbstractImage", "wagtail.images.models.Image"),
    *("wagtail.images.models.AbstractRendition", "wagtail_localize.fields"),
    *("allauth.account.adapter", "allauth.mfa.adapter", "allauth.mfa.signals"),
    *(
        "allauth.mfa.webauthn.forms",
        "modelcluster.fields",
        "PIL.AvifImagePlugin.DEFAULT_MAX_THREADS",
        "PIL.ImageFile.LOAD_TRUNCATED_IMAGES",
    ),
}
# These count as undocumented even if PACKAGES or DOCUMENTED say otherwise.
UNDOCUMENTED = {"wagtail.urls", "wagtail.contrib.redirects.views", "django.utils.connection"}
# Names with an underscore that their packages document, and our own attributes of requests.
NOT_PRIVATE = {"_meta", "_default_manager", "_base_manager", "_replace", "_srcfile"}
OWN_ATTRIBUTES = {"_home_path", "_navigation_pages"}
DOCUMENTED_TEMPLATES = {
    "wagtailadmin/generic/base.html",
    "wagtailadmin/generic/form.html",
    "wagtailadmin/reports/base_page_report_results.html",
}
# Our views at URLs of other packages' views, with arguments for the URL.
URLS = {
    "wagtailadmin_account": ([], AccountView),
    "wagtailadmin_pages:add": (["stories", "storypage", 1], CreateView),
    "wagtailadmin_pages:unpublish": ([1], Unpublish),
    "wagtailadmin_pages:workflow_action": ([1, "approve", 1], WorkflowAction),
    "wagtailimages:edit": ([1], upload_views.EditView),
    "wagtailimages:add_multiple": ([], upload_views.AddView),
    "wagtailimages:edit_multiple": ([1], upload_views.MultipleEditView),
    "wagtailimages:create_multiple_from_uploaded_image": ([1], upload_views.CreateFromUploadView),
    "wagtailredirects:add": ([], redirects.CreateView),
    "wagtailredirects:edit": ([1], redirects.EditView),
    "wagtail_localize:submit_page_translation": ([1], translations.BeginTranslationView),
    "wagtail_localize:update_translations": ([1], translations.UpdateTranslations),
    "wagtail_localize:convert_to_alias": ([1], translations.convert_to_alias),
    "wagtail_localize:edit_string_translation": ([1, 1], segments.edit_string_translation),
    "wagtail_localize:edit_override": ([1, 1], segments.edit_override),
    "wagtail_localize:upload_pofile": ([1], segments.upload_pofile),
}
SCRIPT_NAME = re.compile(r"(?<![\w-])w-[a-z-]+(?::[a-z-]+)?\b|\bwindow\.[A-Za-z]+")
BROWSER = {"window.addEventListener", "window.navigation", "window.setInterval"}


@cache
def imported_internals() -> dict[str, set[str]]:
    """Undocumented modules and names that our code imports, each with the importing files."""
    found = defaultdict(set)
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not node.module or node.level:
                continue
            for name in node.names:
                full = f"{node.module}.{name.name}"
                if {node.module, full} & UNDOCUMENTED or (
                    node.module.split(".")[0] in PACKAGES and not {node.module, full} & DOCUMENTED
                ):
                    found[full].add(relative(path))
    return found


def private_names() -> dict[str, set[str]]:
    """Private names that a file uses without defining them, or that its classes override."""
    found = defaultdict(set)
    for path in SOURCES:
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        for name in filter(is_private, used - defined_in(nodes) - NOT_PRIVATE - OWN_ATTRIBUTES):
            found[name].add(relative(path))
    for path, name in overridden_names():
        found[name].add(path)
    return found


def defined_in(nodes: list[ast.AST]) -> set[str]:
    """Functions, variables and attributes of `self` that a file defines."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found |= {node.attr} if ast.unparse(node.value) in {"self", "cls"} else set()
    return found


def overridden_names() -> Iterator[tuple[str, str]]:
    """Private methods of other packages' classes that our classes override."""
    for path in SOURCES:
        # This skips settings modules, which must not be imported.
        if "\nclass " not in path.read_text("utf-8"):
            continue
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for own in vars(module).values():
            if inspect.isclass(own) and own.__module__ == module.__name__:
                for name in filter(is_private, vars(own)):
                    if any(
                        name in vars(base) and inspect.isfunction(vars(base)[name])
                        for base in own.__mro__[1:]
                        if not is_own(base)
                    ):
                        yield relative(path), name


def replaced_attributes() -> dict[str, set[str]]:
    """Attributes of other packages' classes and modules that a file replaces."""
    found = defaultdict(set)
    for path in SOURCES:
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        modules = {
            name.name: node.module
            for node in nodes
            if isinstance(node, ast.ImportFrom) and node.module
            for name in node.names
        }
        for target in (
            one for node in nodes if isinstance(node, ast.Assign) for one in node.targets
        ):
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                module = modules.get(target.value.id, "")
                full = f"{module}.{ast.unparse(target)}"
                if module and module.split(".")[0] not in OWN_PACKAGES and full not in DOCUMENTED:
                    found[full].add(relative(path))
    return found


def is_own(kind: type) -> bool:
    return kind.__module__.split(".")[0] in OWN_PACKAGES


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and not name.endswith("_")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def own_templates() -> list[str]:
    return [path.relative_to(ROOT / "templates").as_posix() for path in template_files()]


def template_files() -> list[Path]:
    files = sorted((ROOT / "templates").rglob("*.*"))
    return [path for path in files if path.suffix in {".html", ".txt"}]


def package_template(name: str) -> Path | None:
    """The file of another package's template, even if our template overrides it."""
    files = (Path(config.path) / "templates" / name for config in OTHERS)
    return next((file for file in files if file.is_file()), None)


def used_templates() -> dict[str, set[str]]:
    """Templates of other packages that ours override, extend or include."""
    found = defaultdict(set)
    for path, name in zip(template_files(), own_templates(), strict=True):
        named = re.findall(r"{% (?:extends|include) \"([^\"]+)\"", path.read_text("utf-8"))
        for used in {name, *named} - DOCUMENTED_TEMPLATES:
            if package_template(used):
                found[used].add(relative(path))
    return found


def script_names() -> dict[str, set[str]]:
    """Controllers, events and global variables of other packages that our scripts use."""
    found = defaultdict(set)
    for path in sorted((ROOT / "static/js").glob("*.js")):
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
        for name in set(SCRIPT_NAME.findall(code)) - BROWSER:
            found[name].add(relative(path))
    return found


def rows() -> list[list[str]]:
    """The cells of the table in the document."""
    lines = DOCUMENT.read_text("utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    assert len(cells) >= 40, "The table was not found. Correct this test."
    assert all(len(row) == 4 for row in cells), [row for row in cells if len(row) != 4]
    return cells


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


TOUCHED = imported_internals() | private_names() | used_templates() | script_names()
TOUCHED |= replaced_attributes() | {name: set() for name in URLS}


def covers(listed: str, name: str) -> bool:
    """Whether an entry of the table covers the name: as itself, its module or a pattern."""
    return name == listed or name.startswith(f"{listed}.") or fnmatchcase(name, listed)


@pytest.mark.parametrize("name", sorted(TOUCHED))
def test_internal_is_listed_with_its_files(name: str) -> None:
    places = {
        place
        for names, where, _reason, _test in rows()
        if any(covers(listed, name) for listed in quoted(names))
        for place in quoted(where)
    }
    assert places, f"Avoid {name}, or add it to the table in docs/upgrading.md with a test."
    for file in TOUCHED[name]:
        assert any(file.startswith(place) for place in places), (
            f"{file} uses {name}: name the file in docs/upgrading.md."
        )


@pytest.mark.parametrize("row", rows(), ids=lambda row: quoted(row[0])[0])
def test_table_row_is_not_outdated(row: list[str]) -> None:
    names, places, reason, tests = row
    sources = "".join((ROOT / place).read_text("utf-8") for place in files_below(quoted(places)))
    for listed in quoted(names):
        is_found = any(covers(listed, name) for name in TOUCHED)
        assert is_found or listed in sources, f"Nothing uses {listed} any more: remove it."
    assert reason.endswith("."), reason
    assert quoted(tests), f"{names} has no test."
    for test in quoted(tests):
        file, _mark, function = test.partition("::")
        assert f"def {function}" in (ROOT / file).read_text("utf-8"), test


def files_below(places: list[str]) -> Iterator[Path]:
    for place in places:
        path = ROOT / place
        yield from (one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


@pytest.mark.parametrize("name", sorted(imported_internals()))
def test_imported_internal_exists(name: str) -> None:
    """Each import has a test of its own, so a failure names the import."""
    module, _dot, attribute = name.rpartition(".")
    found = importlib.import_module(module)
    if not hasattr(found, attribute):
        importlib.import_module(name)


@pytest.mark.parametrize("name", own_templates())
def test_template_compiles_and_fills_only_existing_blocks(name: str) -> None:
    """Django silently ignores a block that the extended template does not have."""
    template = get_template(name).template
    for extends in template.nodelist.get_nodes_by_type(ExtendsNode):
        own = {node.name for node in extends.nodelist if isinstance(node, BlockNode)}
        unknown = sorted(own - inherited_blocks(template))
        assert not unknown, f"The template that {name} extends has no blocks {unknown}."


def inherited_blocks(template: Template) -> set[str]:
    """The blocks of all templates that this one extends."""
    found: set[str] = set()
    for extends in template.nodelist.get_nodes_by_type(ExtendsNode):
        context = Context()
        context.template = template
        with context.render_context.push_state(template):
            parent = extends.get_parent(context)
        found |= {*re.findall(r"{% block (\w+)", parent.source)} | inherited_blocks(parent)
    return found


@pytest.mark.parametrize("name", URLS)
def test_url_of_replaced_view_leads_to_ours(name: str) -> None:
    arguments, view = URLS[name]
    found = resolve(reverse(name, args=arguments)).func
    layers = [found]
    while inner := getattr(found, "__wrapped__", None) or closure(found).get("view_func"):
        layers.append(found := inner)
    assert view in [getattr(layer, "view_class", layer) for layer in layers]


def closure(function: Callable) -> Mapping[str, Any]:
    return inspect.getclosurevars(function).nonlocals


def package_files(*suffixes: str) -> str:
    """The static files and templates of other packages with these suffixes, as one text."""
    return "".join(
        path.read_text("utf-8", errors="ignore")
        for config in OTHERS
        for folder in ("static", "templates")
        for path in sorted((Path(config.path) / folder).rglob("*"))
        if path.suffix in suffixes
    )


def test_names_that_scripts_use_exist_in_packages() -> None:
    scripts = package_files(".js")
    table = {name for row in rows() if "static/js/" in row[1] for name in quoted(row[0])}
    assert script_names().keys() <= table
    for name in sorted(table):
        for part in name.removeprefix("window.").split(":"):
            assert part in scripts, f"{name} is in no script of Wagtail or allauth."


def test_classes_that_cms_stylesheets_use_exist() -> None:
    selectors = re.sub(
        r"url\([^)]*\)|\{[^{}]*\}",
        "",
        "".join(css_without_comments(CSS / name) for name in ("admin.css", "cms.css")),
    )
    classes = set(re.findall(r"\.([a-z][\w-]*)", selectors, re.IGNORECASE))
    assert len(classes) >= 30
    own = "".join(path.read_text("utf-8") for path in template_files())
    own += "".join(path.read_text("utf-8") for path in sorted((ROOT / "static/js").glob("*.js")))
    own += "".join(path.read_text("utf-8") for path in SOURCES)
    packages = package_files(".js", ".css", ".html")
    unknown = sorted(name for name in classes if not is_used(name, own + packages))
    assert not unknown, f"Nothing in the CMS has the classes {unknown}."


def test_newest_versions_limit_neither_wagtail_nor_django() -> None:
    wanted = newest_versions.requirements()
    assert re.search(r"^Django +#", wanted, re.MULTILINE)
    assert re.search(r"^wagtail +#", wanted, re.MULTILINE)
    assert "wagtail-localize~=" in wanted
    assert "pytest~=" in wanted
    assert not re.search(r"^-", wanted, re.MULTILINE)
    assert sorted(config.label for config in OWN) == newest_versions.OWN_APPS
