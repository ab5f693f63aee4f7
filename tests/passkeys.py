"""A passkey in software: what a browser and its device would answer, without either."""

import json
import re
from html import unescape

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG


class Passkey:
    """`verified` says whether the device checked who holds it, by fingerprint or PIN."""

    def __init__(self, *, host="testserver", verified=True):
        self.host, self.verified = host, verified
        self.key, self.id, self.handle = ec.generate_private_key(ec.SECP256R1()), b"credential-1", b""

    def flags(self):
        return FLAG.UP | (FLAG.UV if self.verified else FLAG(0))

    def client_data(self, kind, challenge):
        return CollectedClientData.create(kind, websafe_decode(challenge), f"http://{self.host}")

    def answer(self, **response):
        return {
            "id": websafe_encode(self.id),
            "rawId": websafe_encode(self.id),
            "type": "public-key",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": {name: websafe_encode(value) for name, value in response.items()},
        }

    def create(self, options):
        """For `navigator.credentials.create`."""
        options = options["publicKey"]
        self.handle = websafe_decode(options["user"]["id"])
        data = AttestedCredentialData.create(
            Aaguid(b"\0" * 16), self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        signed = AuthenticatorData.create(sha256(self.host.encode()), self.flags() | FLAG.AT, 0, data)
        client = self.client_data("webauthn.create", options["challenge"])
        return self.answer(clientDataJSON=client, attestationObject=AttestationObject.create("none", signed, {}))

    def get(self, options, **changes):
        """For `navigator.credentials.get`."""
        client = self.client_data("webauthn.get", options["publicKey"]["challenge"])
        signed = AuthenticatorData.create(sha256(self.host.encode()), self.flags(), 1)
        signature = self.key.sign(signed + client.hash, ec.ECDSA(SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": signed, "signature": signature}
        return self.answer(**{**parts, "userHandle": self.handle, **changes})


def asked(page):
    """What the page tells its script."""
    found = re.search(r'<script id="js_data" type="application/json">(.*?)</script>', page.content.decode())
    return json.loads(unescape(found[1]))


def added(browser, passkey, name="Laptop"):
    """The answer of the page to this passkey being set up."""
    options = asked(browser.get("/account/second-factor/passkeys/"))["creation_options"]
    form = {"name": name, "credential": json.dumps(passkey.create(options))}
    return browser.post("/account/second-factor/passkeys/", form)
