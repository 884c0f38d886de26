import pytest


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run on-commit callbacks at once, because the transaction of a test never commits."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda run, **options: run())
