"""Factories give each object a name of its own."""

import pytest

from tests import databases, factories


def test_names_in_a_template_database_differ_from_test_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A test uses a copy of the template database, and its process counts from 0 again."""
    in_test = factories.UserFactory.build(__sequence=0)
    monkeypatch.setattr(databases, "being_made", "stories")
    in_template = factories.UserFactory.build(__sequence=0)
    assert in_template.username != in_test.username
