"""What every page type and every block must have, whoever adds the next one."""

import inspect
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.test import Client, RequestFactory
from wagtail.blocks import Block, StreamBlock
from wagtail.fields import StreamField
from wagtail.models import Page, get_page_models

from editorial.blocks import BodyBlock
from editorial.models import BasePage
from mission.blocks import HomeBlock
from tests import factories

PAGE_TYPES = [model for model in get_page_models() if model is not Page]


def stream_blocks() -> Iterator[Block]:
    """Each block that can stand in a stream of any page type, once."""
    streams: list[StreamBlock] = [
        field.stream_block
        for model in PAGE_TYPES
        for field in model._meta.get_fields()
        if isinstance(field, StreamField)
    ]
    found = {type(block): block for stream in streams for block in stream.child_blocks.values()}
    yield from found.values()


BLOCKS = list(stream_blocks())


def test_there_are_page_types_and_blocks_to_check() -> None:
    assert len(PAGE_TYPES) >= 7
    assert len(BLOCKS) >= 13


@pytest.mark.parametrize("model", PAGE_TYPES, ids=lambda model: model.__name__)
def test_a_page_type_says_what_it_is_and_where_it_goes(model: type[BasePage]) -> None:
    assert issubclass(model, BasePage)
    assert model.__doc__ == inspect.getdoc(model) or model.__doc__
    assert "(" not in str(model.__doc__).split()[0], "Django's automatic docstring"
    assert model.page_description
    for declared in ("parent_page_types", "subpage_types", "content_panels", "search_fields"):
        assert declared in vars(model), declared
    get_template(model.template)


@pytest.mark.parametrize("model", PAGE_TYPES, ids=lambda model: model.__name__)
def test_an_empty_page_renders(
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
        page = getattr(factories, f"{model.__name__}Factory")(
            parent=parent, title="Empty", slug="e"
        )
    response = client.get(page.url)
    assert response.status_code == 200
    assert page.title in response.content.decode()


@pytest.mark.parametrize("model", PAGE_TYPES, ids=lambda model: model.__name__)
def test_a_page_can_be_previewed_before_it_is_first_saved(
    model: type[BasePage], issue_index: Page, story_index: Page, news_index: Page
) -> None:
    parents = {"IssuePage": issue_index, "StoryPage": story_index, "NewsPage": news_index}
    parent = parents.get(model.__name__, issue_index.get_parent())
    page = model(title="New", slug="new", locale=parent.locale)
    page.path, page.depth = parent.path + "9999", parent.depth + 1
    page.set_url_path(parent)
    response = page.make_preview_request(preview_mode=page.default_preview_mode)
    assert response.status_code == 200


def test_a_full_page_of_each_type_renders(every_page: SimpleNamespace, client: Client) -> None:
    pages = list(vars(every_page).values())
    assert {type(page) for page in pages} == set(PAGE_TYPES)
    for page in pages:
        assert client.get(page.url).status_code == 200


def test_every_page_survives_the_loss_of_its_pictures(
    every_page: SimpleNamespace, client: Client
) -> None:
    from pictures.models import Picture

    for picture in Picture.objects.all():
        picture.delete()
    for page in vars(every_page).values():
        response = client.get(page.url)
        assert response.status_code == 200
        assert b"<img" not in response.content


def test_a_block_has_what_an_editor_and_a_reader_need(every_page: SimpleNamespace) -> None:
    for block in BLOCKS:
        assert type(block).__doc__, block
        assert block.meta.icon, block
        assert str(block.meta.description).endswith("."), block
        assert "template" in vars(block.meta) or block.meta.template, block
        get_template(block.meta.template)
        value = block.get_preview_value()
        html = block.render(value, {"request": RequestFactory().get("/")})
        assert html.strip(), block


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_an_empty_block_renders(block: Block, home: Page) -> None:
    empty = block.to_python({} if hasattr(block, "child_blocks") else "")
    assert "None" not in block.render(empty, {"request": RequestFactory().get("/")})


def test_a_body_has_at_most_ten_kinds_of_blocks() -> None:
    assert len(BodyBlock().child_blocks) <= 10
    assert len(HomeBlock().child_blocks) <= 10


def test_rooms_import_only_from_rooms_below_them() -> None:
    run = subprocess.run(
        [f"{sys.prefix}/bin/lint-imports", "--no-cache"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 kept, 0 broken" in run.stdout


def test_no_file_has_grown_too_long() -> None:
    long = {}
    for pattern in ("*.py", "*.html", "*.css", "*.js"):
        for path in settings.BASE_DIR.rglob(pattern):
            parts = path.relative_to(settings.BASE_DIR).parts
            if (
                parts[0].startswith(".")
                or parts[0] in {"var", "staticfiles"}
                or "migrations" in parts
            ):
                continue
            if (count := len(path.read_text("utf-8").splitlines())) > 300:
                long["/".join(parts)] = count
    assert not long
