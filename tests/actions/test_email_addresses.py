"""Email addresses are normalized. Addresses without a domain name are rejected."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from procrastinate.testing import InMemoryConnector

from actions import signatures
from actions.email_addresses import email_hashes, normalize_email
from actions.encryption import lookup_hashes
from actions.forms import EmailField
from actions.models import ActionPage
from actions.rekeying import rekey
from actions.signatures import Signature
from tests.actions.test_signatures import post_form


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("rosa@example.org", "rosa@example.org"),
        (" Rosa@Example.ORG ", "Rosa@example.org"),
        ("rosa+petitions@mail.example.org", "rosa+petitions@mail.example.org"),
        ("rosa.o'neill@example.org", "rosa.o'neill@example.org"),
        ("rosa@bücher.example", "rosa@xn--bcher-kva.example"),
        ("rosa@BÜCHER.example", "rosa@xn--bcher-kva.example"),
        ("rosa@bu\u0308cher.example", "rosa@xn--bcher-kva.example"),
        ("rosa@XN--BCHER-KVA.example", "rosa@xn--bcher-kva.example"),
        ("rosa@straße.example", "rosa@xn--strae-oqa.example"),  # not strasse.example
        ("rosa@例え.テスト", "rosa@xn--r8jz45g.xn--zckzah"),
        ("ｒｏｓａ＠ｅｘａｍｐｌｅ．ｏｒｇ", "rosa@example.org"),
        ("rosa@example。org", "rosa@example.org"),
        ("\ufeffrosa@example.org\u200b", "rosa@example.org"),
        ("ro\u00adsa@exam\u200dple.org", "rosa@example.org"),
    ],
)
def test_email_is_normalized(text: str, normalized: str) -> None:
    assert normalize_email(text) == normalized
    assert normalize_email(normalized) == normalized
    assert email_hashes(text) == email_hashes(normalized.upper())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rosa",
        "rosa@",
        "@example.org",
        "rosa@example",
        "rosa@localhost",
        "a@[127.0.0.1]",
        "a@[::1]",
        "a@[IPv6:::1]",
        "a@127.0.0.1",
        "a@127.0.0.100",
        "a@１２７.0.0.100",
        "a@example.123",
        "a@-example.org",
        "a@exa_mple.org",
        "a@example.org.",
        "a@example..org",
        "a@xn--.example",
        "a@\u0378example.org",  # not a character
        '"a b"@example.org',
        '"a@b"@example.org',
        "a@b@example.org",
        "a b@example.org",
        "a@example.org\nBcc: b@example.org",
        "rösa@example.org",
        "\u0131@example.org",  # a dotless i, which Python's regular expressions match with I
        "a@example.org>",
        f"{'a' * 65}@example.org",
        f"a@{'a' * 64}.org",
        f"a@{'b.' * 126}org",
        f"a@{'ü.' * 60}example",  # short as written, but too long in ASCII
    ],
)
def test_normalization_rejects_invalid_email_addresses(text: str) -> None:
    with pytest.raises(ValidationError):
        normalize_email(text)


def test_spellings_of_a_domain_count_as_one_person(
    petition: ActionPage, client: Client, campaigner: Client, queue: InMemoryConnector
) -> None:
    for email in ("rosa@bücher.example", "ROSA@xn--bcher-kva.example"):
        assert post_form(client, petition.url, email=email).status_code == 303
    assert Signature.objects.get().email == "rosa@xn--bcher-kva.example"
    campaigner.post(reverse("participants"), {"email": "rosa@BÜCHER.example"})
    assert not Signature.objects.exists()


@pytest.mark.parametrize("path", ["/sign-here/", "/take-part/delete/"])
def test_forms_reject_invalid_email_addresses(
    petition: ActionPage, client: Client, path: str
) -> None:
    response = post_form(client, path, email="a@[127.0.0.1]")
    assert response.status_code == 422
    assert "Enter the full email address" in response.content.decode()


def test_form_accepts_a_period_after_an_email_address_and_names_wrong_letters() -> None:
    field = EmailField()
    assert field.clean("rosa@example.org.") == "rosa@example.org"
    for email, letters in (("françois@example.org", "ç"), ("“rosa”@exámple.org", "“ ”")):
        with pytest.raises(ValidationError, match=f"“{letters}” does not work"):
            field.clean(email)


def test_signature_with_unnormalized_email_is_found_after_rekeying(petition: ActionPage) -> None:
    email = "rosa@bücher.example"
    fields = {"action": petition.translation_key, "language": "en", "email": email}
    Signature.objects.create(email_key=lookup_hashes(email)[0], **fields)
    assert rekey() == (1, 0)
    assert signatures.delete("rosa@xn--bcher-kva.example") == 1
