"""A passkey in software: it registers and signs as a browser with a security key does."""

import json
from hashlib import sha256
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.utils.http import int_to_base36
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from staff.models import User

HOST = "testserver"
PRESENT_AND_VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


class Passkey:
    def __init__(self, user: User, name: str = "Laptop") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.user_pk = user.pk
        self.id = sha256(f"{user.pk} {name}".encode()).digest()
        self.authenticator = Authenticator.objects.create(
            user=user,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": name, "credential": self.registration("")},
        )

    def registration(self, challenge: str) -> dict[str, Any]:
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AuthenticatorData.create(
            sha256(HOST.encode()).digest(),
            PRESENT_AND_VERIFIED | AuthenticatorData.FLAG.AT,
            0,
            AttestedCredentialData.create(b"\0" * 16, self.id, public),
        )
        response = {
            "clientDataJSON": websafe_encode(_client_data("webauthn.create", challenge)),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        }
        return self._credential(response)

    def sign(self, challenge: str) -> str:
        """The value of the field `credential` for a challenge of a page."""
        client_data = _client_data("webauthn.get", challenge)
        data = AuthenticatorData.create(sha256(HOST.encode()).digest(), PRESENT_AND_VERIFIED, 1)
        signature = self.key.sign(data + sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": websafe_encode(int_to_base36(self.user_pk).encode()),
        }
        return json.dumps(self._credential(response))

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        encoded = websafe_encode(self.id)
        return {"type": "public-key", "id": encoded, "rawId": encoded, "response": response}

    def log_in(self, client: Client) -> None:
        path = "/account/login/passkey/"
        options = client.get(path, headers={"accept": "application/json"}).json()
        challenge = options["request_options"]["publicKey"]["challenge"]
        client.post(path, {"credential": self.sign(challenge)})

    def confirm(self, client: Client, path: str) -> Any:
        """Open a page that asks for the passkey, and send a valid signature."""
        options = client.get(path).context["js_data"]["request_options"]
        challenge = options["publicKey"]["challenge"]
        return client.post(path, {"credential": self.sign(challenge)})


def _client_data(ceremony: str, challenge: str) -> bytes:
    data = {"type": ceremony, "challenge": challenge, "origin": f"https://{HOST}"}
    return json.dumps(data).encode()
