from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageBlock, ImageChooserBlock

from content_files import yaml_lines
from content_files.block_parsers import describe_block, parse_block, unsupported_blocks
from content_files.errors import ContentError
from content_files.targets import Ref, Targets
from issues.models import IssuePage
from mission.models import StandardPage

TARGETS = Targets({"pages/about": StandardPage, "issues/one": IssuePage}, {"a.jpg": "Alt"})
COLORS = [("red", "Red"), ("Dark", [("black", "Black")])]


class Words(blocks.StructBlock):
    text = blocks.CharBlock()
    color = blocks.ChoiceBlock(COLORS, default="red")
    bold = blocks.BooleanBlock(required=False)


class Parts(blocks.StreamBlock):
    words = Words()
    day = blocks.DateBlock()

    class Meta:
        min_num = 1
        max_num = 3
        block_counts = {"day": {"max_num": 1}}


class DayList(blocks.StreamBlock):
    day = blocks.DateBlock()


class Nested(blocks.StructBlock):
    parts = Parts()


def parse(block: blocks.Block, written: str) -> object:
    block.set_name("block")
    fields = yaml_lines.read(f"block: {written}")
    return parse_block(block, fields["block"], TARGETS)


@pytest.mark.parametrize(
    ("block", "written", "expected"),
    [
        (blocks.CharBlock(), "a", "a"),
        (blocks.TextBlock(required=False), "''", ""),
        (blocks.RegexBlock(regex="[a-z]+"), "abc", "abc"),
        (blocks.EmailBlock(), "a@example.org", "a@example.org"),
        (blocks.URLBlock(), "https://example.org/", "https://example.org/"),
        (blocks.RichTextBlock(), "Some **bold** text", "<p>Some <b>bold</b> text</p>"),
        (blocks.BooleanBlock(required=False), "false", False),
        (blocks.BooleanBlock(), "true", True),
        (blocks.IntegerBlock(), "7", 7),
        (blocks.IntegerBlock(required=False), "''", None),
        (blocks.FloatBlock(), "1.5", 1.5),
        (blocks.DecimalBlock(), "1.50", Decimal("1.50")),
        (blocks.DateBlock(), "2026-01-31", date(2026, 1, 31)),
        (blocks.DateBlock(required=False), "''", None),
        (blocks.TimeBlock(), "'18:30'", time(18, 30)),
        (
            blocks.DateTimeBlock(),
            "2026-01-31 18:30+02:00",
            datetime(2026, 1, 31, 18, 30, tzinfo=timezone(timedelta(hours=2))),
        ),
        (blocks.ChoiceBlock(COLORS), "black", "black"),
        (blocks.MultipleChoiceBlock(COLORS), "[red, black]", ["red", "black"]),
        (blocks.PageChooserBlock(), "pages/about", Ref("pages/about")),
        (blocks.PageChooserBlock(required=False), "''", None),
        (ImageChooserBlock(), "a.jpg", Ref("pictures/a.jpg")),
        (
            ImageBlock(),
            "a.jpg",
            {"image": Ref("pictures/a.jpg"), "decorative": False, "alt_text": "Alt"},
        ),
        (blocks.ListBlock(blocks.DateBlock()), "[2026-01-31]", [date(2026, 1, 31)]),
        (DocumentChooserBlock(required=False), "''", None),
        (Words(), "{text: a}", {"text": "a", "color": "red"}),
        (Words(), "{text: a, bold: 'true'}", {"text": "a", "color": "red", "bold": True}),
        (DayList(), "[2026-01-31]", [{"type": "day", "value": date(2026, 1, 31)}]),
        (
            Nested(),
            "{parts: [{day: 2026-01-31}, {words: {text: a, color: black}}]}",
            {
                "parts": [
                    {"type": "day", "value": date(2026, 1, 31)},
                    {"type": "words", "value": {"text": "a", "color": "black"}},
                ]
            },
        ),
    ],
)
def test_block_is_parsed(block: blocks.Block, written: str, expected: object) -> None:
    assert parse(block, written) == expected
    assert describe_block(block)
    assert not list(unsupported_blocks(block))


@pytest.mark.parametrize(
    ("block", "written", "reason"),
    [
        (blocks.CharBlock(), "''", "This field is required."),
        (blocks.CharBlock(max_length=2), "abc", "at most 2 characters"),
        (blocks.EmailBlock(), "a", "Enter a valid email address."),
        (blocks.RichTextBlock(), "''", "the text is empty."),
        (blocks.BooleanBlock(), "yes", "“yes” is not true or false."),
        (blocks.IntegerBlock(max_value=5), "7", "less than or equal to 5"),
        (blocks.IntegerBlock(), "many", "Enter a whole number."),
        (blocks.DateBlock(), "31 January", "“31 January” is not a date such as 2026-01-31."),
        (blocks.DateBlock(), "''", "This field is required."),
        (blocks.DateTimeBlock(), "2026-01-31", "is not a date and time such as"),
        (blocks.DateBlock(), "9999-12-31", "Write a day from 1900 to 2999."),
        (blocks.DateTimeBlock(), "9999-12-31 23:59", "Write a day from 1900 to 2999."),
        (blocks.TimeBlock(), "noon", "“noon” is not a time such as 18:30."),
        (blocks.ChoiceBlock(COLORS), "blue", "“blue” is not one of: red, black."),
        (blocks.MultipleChoiceBlock(COLORS), "[blue]", "“blue” is not one of: red, black."),
        (blocks.PageChooserBlock(), "''", "there is no page “”"),
        (blocks.PageChooserBlock(IssuePage), "pages/about", "“pages/about” is not a issue"),
        (ImageBlock(), "''", "there is no picture “”"),
        (DocumentChooserBlock(), "a.pdf", "a document can only be chosen in the CMS."),
        (blocks.ListBlock(blocks.CharBlock(), min_num=2), "[a]", "expected at least 2 items."),
        (blocks.ListBlock(blocks.CharBlock(), max_num=1), "[a, b]", "expected at most 1 items."),
        (Words(), "{color: red}", "“text” is missing."),
        (Parts(), "[]", "expected at least 1 blocks."),
        (Parts(), "[{day: 2026-01-31}, {day: 2026-01-31}]", "expected at most 1 “day”."),
        (Parts(), "[2026-01-31]", "write the type and a colon before each block; the types are"),
        (Parts(), "[{dya: 2026-01-31}]", "there is no block “dya”. Did you mean “day”?"),
    ],
)
def test_wrong_block_is_reported(block: blocks.Block, written: str, reason: str) -> None:
    with pytest.raises(ContentError) as error:
        parse(block, written)
    assert reason in str(error.value)
    assert error.value.line == 1


def test_unsupported_blocks_are_found_at_any_depth() -> None:
    inner = blocks.StructBlock([("html", blocks.RawHTMLBlock())])
    stream = blocks.StreamBlock([("rows", blocks.ListBlock(inner)), ("text", blocks.CharBlock())])
    assert list(unsupported_blocks(stream)) == ["RawHTMLBlock"]
