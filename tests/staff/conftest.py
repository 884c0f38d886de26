import pytest


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run at once what waits for the commit, which no test reaches, within the request."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda run, **options: run())
