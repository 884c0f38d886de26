"""Factories give each object a name of its own."""

import pytest

from tests import databases, factories


def test_names_in_a_template_database_differ_from_test_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Test data must not collide with the data in a template database.

    One process fills the template. Another process uses a copy and counts from the beginning again.
    """
    in_test = factories.UserFactory.build(__sequence=0)
    monkeypatch.setattr(databases, "being_made", "stories")
    in_template = factories.UserFactory.build(__sequence=0)
    assert in_template.username != in_test.username
