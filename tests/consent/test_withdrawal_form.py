import pytest

from consent.forms import WithdrawalForm


@pytest.mark.parametrize(
    ("title", "typed", "is_same"),
    [
        ("“My  mum’s story”", "my mum's story", True),
        ("I never stopped – not once…", "I never stopped, not once", True),
        ("José", "jose", True),
        ("My story", "My stories", False),
        ("…", "…", True),
        ("…", "!", False),
        ("My story", "…", False),
    ],
)
def test_typed_title_may_differ_in_punctuation_case_and_accents_only(
    title: str, typed: str, is_same: bool
) -> None:
    form = WithdrawalForm({"typed": typed, "seen": "a"}, title=title, digest="a", copies=[])
    assert form.is_valid() is is_same
