from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client

from staff.models import User


def can_log_in(name: str, password: str) -> bool:
    client = Client()
    client.post("/account/login/", {"login": name, "password": password})
    return "_auth_user_id" in client.session


@pytest.mark.django_db
def test_lock_out_logs_out_everybody_and_enables_named_accounts(admin_client: Client) -> None:
    ana = User.objects.create_user("ana", password="a long enough password")
    assert can_log_in("ana", "a long enough password")
    assert admin_client.get("/admin/").status_code == 200

    call_command("lock_out", stdout=StringIO())
    # A remaining session would work again as soon as the account is enabled in the CMS.
    assert not Session.objects.exists()
    assert admin_client.get("/admin/").status_code == 302
    assert not can_log_in("ana", "a long enough password")

    with pytest.raises(CommandError, match=r"There is no user eve\. No account was enabled"):
        call_command("lock_out", let_in=["ana", "eve"], stdout=StringIO())
    ana.refresh_from_db()
    assert not ana.is_active
    said = StringIO()
    call_command("lock_out", let_in=["ana"], stdout=said)
    assert can_log_in("ana", said.getvalue().split()[-1])
    assert not can_log_in("admin", "password")
