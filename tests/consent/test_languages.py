import pytest
from django.utils import translation

from consent.languages import language_in_sentence


@pytest.mark.parametrize(("active", "name"), [("en", "Spanish"), ("es", "español")])
def test_language_name_is_written_as_in_the_active_language(active: str, name: str) -> None:
    with translation.override(active):
        assert ", ".join([language_in_sentence("es")]) == name
