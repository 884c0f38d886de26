import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.testing import InMemoryConnector

from actions.counts import Count, DayCount
from actions.models import ActionPage
from actions.signatures import Signature
from mission.models import HomePage
from tests import factories
from tests.jobs import run_jobs
from tests.translation_workflow import spanish

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
ROSA = "Rosa@example.org"


def form_data(client: Client, url: str, **fields: str) -> dict[str, str]:
    """The POST data of the form at `url`, with its hidden fields and the given values.

    `fax` is the honeypot, which must stay empty.
    """
    html = client.get(url).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    return hidden | {"email": ROSA, "name": "Rosa", "fax": ""} | fields


def post_form(client: Client, url: str, headers: dict | None = None, **fields: str):  # noqa: ANN201
    return client.post(url, form_data(client, url, **fields), headers=headers or SAME_ORIGIN)


def run_queue(
    queue: InMemoryConnector, mailoutbox: list[EmailMultiAlternatives]
) -> EmailMultiAlternatives:
    """Run the queued jobs and return the last mail."""
    run_jobs(queue)
    return mailoutbox[-1]


def link(mail: EmailMultiAlternatives) -> str:
    found = re.search(r"http://localhost(\S+/[\w:-]{30,}/)", mail.body)
    assert found
    return found[1]


def test_signature_is_confirmed_counted_and_deleted(
    petition: ActionPage, client: Client, queue: InMemoryConnector, mailoutbox: list
) -> None:
    sent = post_form(client, petition.url, zip_code="87501")
    assert (sent.status_code, sent["Location"]) == (303, "/take-part/mail/")
    assert not sent.cookies
    row = Signature.objects.get()
    assert (row.email, row.name, row.zip_code, row.confirmed_at) == (ROSA, "Rosa", "875", None)
    assert [job["args"] for job in queue.jobs.values()] == [{"signature": str(row.pk)}]

    mail = run_queue(queue, mailoutbox)
    assert mail.to == [ROSA]
    assert link(mail) in mail.alternatives[0][0]
    confirm_page = client.get(link(mail))
    assert confirm_page["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert Count.of(row.action).number == 0  # GET does not confirm, because link scanners send it

    confirmed = client.post(link(mail), headers=SAME_ORIGIN)
    thanks = f"/take-part/thanks/{petition.translation_key}/"
    assert (confirmed.status_code, confirmed["Location"]) == (303, thanks)
    assert f'href="{petition.url}"' not in client.get(thanks).content.decode()
    assert f'href="{petition.url}"' in client.get("/take-part/thanks/").content.decode()
    assert Count.of(row.action).number == 1
    assert client.post(link(mail), headers=SAME_ORIGIN).status_code == 410
    assert Count.of(row.action).number == 1

    asked = post_form(client, "/take-part/delete/", email=ROSA.upper())
    assert asked["Location"] == sent["Location"]
    delete_link = link(run_queue(queue, mailoutbox))
    assert client.get(delete_link).status_code == 200
    assert Signature.objects.exists()
    assert client.post(delete_link, headers=SAME_ORIGIN)["Location"] == "/take-part/deleted/"
    assert not Signature.objects.exists()
    assert Count.of(row.action).number == 0
    assert client.get(delete_link).status_code == 410
    for path in ("/take-part/mail/", "/take-part/thanks/", "/take-part/deleted/"):
        assert client.get(path).status_code == 200


def test_repeated_signature_makes_one_row_and_one_mail(
    petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    for email in (ROSA, ROSA.lower(), f" {ROSA} "):
        assert post_form(client, petition.url, email=email).status_code == 303
    assert Signature.objects.count() == len(queue.jobs) == 1


def test_form_responses_do_not_reveal_who_signed(
    petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    first, again = (post_form(client, petition.url) for _ in range(2))
    assert len(queue.jobs) == 1
    stranger = post_form(client, "/take-part/delete/", email="stranger@example.org")
    assert first["Location"] == again["Location"] == stranger["Location"]


@pytest.mark.parametrize("state", ["unconfirmed", "confirmed", "deletion requested", "unreadable"])
def test_deletion_form_does_the_same_for_known_and_unknown_emails(
    petition: ActionPage, client: Client, queue: InMemoryConnector, mailoutbox: list, state: str
) -> None:
    post_form(client, petition.url)
    confirm = link(run_queue(queue, mailoutbox))
    if state != "unconfirmed":
        client.post(confirm, headers=SAME_ORIGIN)
    if state == "deletion requested":
        post_form(client, "/take-part/delete/")
        run_jobs(queue)
    if state == "unreadable":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE actions_signature SET email = 'nothing'")
    work = {}
    for email in ("warm-up@example.org", ROSA, "stranger@example.org"):
        queue.reset()
        with CaptureQueriesContext(connection) as captured:
            response = post_form(client, "/take-part/delete/", email=email)
        (job,) = queue.jobs.values()
        sizes = [len(key) for key in job["args"].pop("email_keys")]
        queries = [query["sql"] for query in captured.captured_queries]
        work[email] = (response.status_code, response["Location"], queries, job["task_name"], sizes)
    assert work[ROSA] == work["stranger@example.org"]


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, SAME_ORIGIN])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_page_without_form_accepts_get_only(home: HomePage, headers: dict, method: str) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.generic(method, home.url, headers=headers)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert client.generic(method, "/nothing-here/", headers=SAME_ORIGIN).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Origin": "http://testserver"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://testserver:8080"}, 403),
        ({"Origin": "https://testserver"}, 403),
        ({"Origin": "null"}, 403),
        ({"User-Agent": "Mozilla/5.0"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/sign-here/", "/take-part/delete/"])
def test_public_forms_accept_same_origin_requests_only(
    petition: ActionPage, queue: InMemoryConnector, path: str, headers: dict, status: int
) -> None:
    client = Client(enforce_csrf_checks=True)
    assert post_form(client, path, headers=headers).status_code == status
    assert Signature.objects.exists() is (status == 303 and path == petition.url)


def test_cms_requires_csrf_token(home: HomePage) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.UserFactory(is_superuser=True))
    assert client.post("/admin/logout/", headers=SAME_ORIGIN).status_code == 403


def test_petition_form_shows_errors_and_keeps_input(petition: ActionPage, client: Client) -> None:
    response = post_form(client, petition.url, email="rosa@", zip_code="87", name="Rosa Luz")
    html = response.content.decode()
    for refused in (response, post_form(client, "/take-part/delete/", email="rosa@")):
        assert refused.status_code == 422
        assert refused["Cache-Control"] == "no-store"
    assert "<title>Error:" in html
    assert 'href="#id_email"' in html
    assert 'aria-describedby="id_email_error"' in html
    assert 'value="rosa@"' in html
    assert 'value="Rosa Luz"' in html
    assert not Signature.objects.exists()


def test_form_page_etag_changes_hourly(
    petition: ActionPage, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hour = 495_000 * 3600.0
    monkeypatch.setattr("actions.forms.time.time", lambda: hour)
    first = client.get(petition.url)
    again = {"if-none-match": first["ETag"]}
    for later, status in ((0, 304), (3599, 304), (3600, 200)):
        monkeypatch.setattr("actions.forms.time.time", lambda later=later: hour + later)
        assert client.get(petition.url, headers=again).status_code == status, later


@pytest.mark.parametrize(
    "spoiled",
    [
        *({"fax": "1"}, {"timestamp": ""}, {"timestamp": "495000:made-up"}, {"timestamp": "old"}),
        {"timestamp": "of another form"},
    ],
)
def test_spam_check_rejects_post_and_allows_retry(
    petition: ActionPage, client: Client, monkeypatch: pytest.MonkeyPatch, spoiled: dict
) -> None:
    fields = form_data(client, petition.url)
    if spoiled == {"timestamp": "old"}:
        late = timezone.now().timestamp() + 25 * 3600
        monkeypatch.setattr("actions.forms.time.time", lambda: late)
    elif spoiled == {"timestamp": "of another form"}:
        fields["timestamp"] = form_data(client, "/take-part/delete/")["timestamp"]
    else:
        fields |= spoiled
    response = client.post(petition.url, fields, headers=SAME_ORIGIN)
    assert response.status_code == 422
    assert not Signature.objects.exists()
    # The response has a new timestamp and an empty honeypot, so a person can submit it again.
    timestamp = re.findall(r'name="timestamp" value="([^"]*)"', response.content.decode())
    again = client.post(
        petition.url, fields | {"fax": "", "timestamp": timestamp[0]}, headers=SAME_ORIGIN
    )
    assert again.status_code == 303


def test_purge_deletes_unconfirmed_after_2_days_and_all_after_90(
    petition: ActionPage,
) -> None:
    def create_signature(days: float, *, confirmed: bool) -> None:
        signed_at = timezone.now() - timedelta(days=days)
        Signature.objects.create(
            action=petition.translation_key,
            email="x@example.org",
            email_key=uuid4().hex,
            language="en",
            signed_at=signed_at,
            confirmed_at=signed_at if confirmed else None,
        )

    create_signature(1.9, confirmed=False)
    create_signature(89, confirmed=True)
    for days, confirmed in ((2.1, False), (91, True)):
        create_signature(days, confirmed=confirmed)
    DayCount.objects.create(
        action=petition.translation_key, day=timezone.localdate() - timedelta(days=91), number=7
    )
    call_command("purge_signatures")
    assert Signature.objects.filter(confirmed_at=None).count() == 1
    assert Signature.objects.count() == 2
    assert Count.of(petition.translation_key).number == 7
    petition.delete()
    call_command("purge_signatures")
    assert not Signature.objects.exists()


@pytest.mark.parametrize(("number", "shown"), [(19, ""), (29, "20"), (1299, "1,200")])
def test_petition_count_is_rounded_and_hidden_below_twenty(
    petition: ActionPage, client: Client, number: int, shown: str
) -> None:
    DayCount.objects.create(action=petition.translation_key, day="2026-01-01", number=number)
    html = client.get(petition.url).content.decode()
    assert re.findall(r'signed-number">([\d,]+)<', html) == ([shown] if shown else [])


def test_translations_of_action_share_signatures(
    petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    petition.get_parent().copy_for_translation(spanish()).save_revision().publish()
    copy = petition.copy_for_translation(spanish())
    copy.save_revision().publish()
    assert post_form(client, copy.url)["Location"] == "/es/take-part/mail/"
    assert post_form(client, petition.url)["Location"] == "/take-part/mail/"
    assert Signature.objects.count() == len(queue.jobs) == 1


def test_signatures_survive_key_rotation(
    petition: ActionPage, client: Client, queue: InMemoryConnector, settings: object
) -> None:
    post_form(client, petition.url)
    with override_settings(SIGNATURE_KEYS=["n" * 25 + "e" * 25, *settings.SIGNATURE_KEYS]):  # type: ignore[attr-defined]
        assert Signature.objects.get().email == ROSA
        post_form(client, petition.url)
        assert Signature.objects.count() == 1


def test_encrypted_fields_reject_lookups(db: None) -> None:
    with pytest.raises(TypeError, match="encrypted"):
        Signature.objects.filter(email=ROSA)


def test_won_action_shows_result_and_newer_action(
    petition: ActionPage, home: HomePage, client: Client
) -> None:
    newer = factories.ActionPageFactory(parent=home, title="The next one", letter="Dear")
    petition.state, petition.result = "won", "<p>The law passed.</p>"
    petition.save()
    html = client.get(petition.url).content.decode()
    assert "We won." in html
    assert "The law passed." in html
    assert f'href="{newer.url}"' in html
    assert "<form" not in html[html.index("<main") :]
    assert client.post(petition.url, {"email": ROSA}, headers=SAME_ORIGIN).status_code == 200
    assert not Signature.objects.exists()


def test_join_form_has_three_fields_and_mails_in_chosen_language(
    home: HomePage, client: Client, queue: InMemoryConnector, mailoutbox: list
) -> None:
    page = factories.ActionPageFactory(parent=home, kind="join")
    html = client.get(page.url).content.decode()
    fields = re.findall(r'<(?:input|select)[^>]* name="(\w+)"', html[html.index("<main") :])
    assert fields == ["timestamp", "fax", "email", "zip_code", "language"]
    assert post_form(client, page.url, language="es").status_code == 303
    mail = run_queue(queue, mailoutbox)
    assert mail.subject == "Confirma tu correo electrónico"
    assert "/es/take-part/confirm/" in mail.body
    assert client.get(link(mail))["Content-Language"] == "es"


@pytest.mark.parametrize(("kind", "status"), [("join", "subscribed"), ("petition", "unsubscribed")])
def test_osdi_email_status_is_subscribed_only_for_join(
    home: HomePage, kind: str, status: str
) -> None:
    page = factories.ActionPageFactory(parent=home, kind=kind)
    row = Signature(action=page.translation_key, email=ROSA, language="en")
    (written,) = row.to_osdi()["person"]["email_addresses"]
    assert written == {"address": ROSA, "primary": True, "status": status}


def test_petition_page_query_count(petition: ActionPage, queries: Callable) -> None:
    assert len(queries(petition.url)) <= 13
