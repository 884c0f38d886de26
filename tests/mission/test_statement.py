import pytest
from django.template.loader import render_to_string

from mission.blocks import StatementBlock


def size(statement: str, ending: str = "") -> str:
    return StatementBlock().to_python({"statement": statement, "ending": ending}).size


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("love,", "not war."), "giant"),
        (("Care.",), "giant"),
        (("amor,", "no en la guerra."), "huge"),
        (("women",), "huge"),
        (("Policy shaped by love, not war",), "large"),
        (("Menschenwürde", "statt Strafe."), "medium"),
        (("We are creating drug policy shaped by love, not war",), "medium"),
        (("Straßenverkehrsordnung",), "small"),
        (("Arzneimittelversorgungssicherstellung",), "smallest"),
        (("",), "giant"),
    ],
)
def test_statement_size_fits_longest_word(words: tuple[str, ...], expected: str) -> None:
    assert size(*words) == expected


def test_statement_is_one_heading() -> None:
    value = {"lead_in": "Policy shaped by", "statement": "love,", "ending": "not war."}
    block = StatementBlock()
    html = render_to_string(block.meta.template, {"value": block.to_python(value)})
    heading = html[html.index("<h2>") : html.index("</h2>")]
    assert "by</span> <span" in heading
    assert "love, <span" in heading
