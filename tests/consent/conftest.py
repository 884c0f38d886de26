import pytest
from django.core.files.storage import default_storage

from consent import withdrawal


@pytest.fixture(autouse=True)
def _empty_withdrawal_list() -> None:
    if default_storage.exists(withdrawal.FOLDER):
        for name in default_storage.listdir(withdrawal.FOLDER)[1]:
            default_storage.delete(f"{withdrawal.FOLDER}/{name}")
