"""Forged tokens: each differs from one that works in one thing, and none gets in."""

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from django.conf import settings
from rest_framework.test import APIClient

from accounts.services import tokens

KEY = settings.SIMPLE_JWT["SIGNING_KEY"]


def part(content) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def signed(claims, key=KEY, alg="HS256", **headers) -> str:
    return jwt.encode(claims, key, algorithm=alg, headers=headers or None)


def unsigned(claims, alg) -> str:
    return f"{part({'alg': alg, 'typ': 'JWT'})}.{part(claims)}."


def without(claims, name):
    return {key: value for key, value in claims.items() if key != name}


@dataclass
class Good:
    """A token that works, and what it claims."""

    token: str
    claims: dict


FORGERIES = {
    "alg none": lambda good: unsigned(good.claims, "none"),
    "alg None": lambda good: unsigned(good.claims, "None"),
    "alg NONE": lambda good: unsigned(good.claims, "NONE"),
    "alg empty": lambda good: unsigned(good.claims, ""),
    "alg missing": lambda good: f"{part({'typ': 'JWT'})}.{part(good.claims)}.{good.token.split('.')[2]}",
    "alg none, real signature": lambda good: unsigned(good.claims, "none") + good.token.split(".")[2],
    "alg HS512, real key": lambda good: signed(good.claims, alg="HS512"),
    "alg HS384, real key": lambda good: signed(good.claims, alg="HS384"),
    "another key": lambda good: signed(good.claims, key="x" * 40),
    "the site's other key": lambda good: signed(good.claims, key=settings.SECRET_KEY),
    "the key backwards": lambda good: signed(good.claims, key=KEY[::-1]),
    "kid of a file": lambda good: signed(good.claims, key="y" * 40, kid="../../../dev/null"),
    "kid of a query": lambda good: signed(good.claims, key="y" * 40, kid="x' UNION SELECT 'y"),
    "jku": lambda good: signed(good.claims, key="y" * 40, jku="https://keys.example/jwks.json"),
    "x5u": lambda good: signed(good.claims, key="y" * 40, x5u="https://keys.example/cert.pem"),
    "jwk": lambda good: signed(good.claims, key="y" * 40, jwk={"kty": "oct", "k": "eXl5"}),
    "another person": lambda good: signed({**good.claims, "sub": "1"}),
    "another sign-in": lambda good: signed({**good.claims, "sid": str(uuid.uuid4())}),
    "no sign-in": lambda good: signed(without(good.claims, "sid")),
    "malformed sign-in": lambda good: signed({**good.claims, "sid": "1 OR 1=1"}),
    "sign-in as a list": lambda good: signed({**good.claims, "sid": [good.claims["sid"]]}),
    "no person": lambda good: signed(without(good.claims, "sub")),
    "no id": lambda good: signed(without(good.claims, "jti")),
    "no end": lambda good: signed(without(good.claims, "exp")),
    "the end as text": lambda good: signed({**good.claims, "exp": "tomorrow"}),
    "past its end": lambda good: signed({**good.claims, "exp": datetime.now(UTC) - timedelta(seconds=2)}),
    "another issuer": lambda good: signed({**good.claims, "iss": "elsewhere"}),
    "no issuer": lambda good: signed(without(good.claims, "iss")),
    "another audience": lambda good: signed({**good.claims, "aud": "elsewhere"}),
    "no audience": lambda good: signed(without(good.claims, "aud")),
    "a refresh token": lambda good: signed({**good.claims, "token_type": "refresh"}),
    "no type": lambda good: signed(without(good.claims, "token_type")),
    "no signature": lambda good: good.token.rsplit(".", 1)[0] + ".",
    "two parts": lambda good: good.token.rsplit(".", 1)[0],
    "four parts": lambda good: good.token + ".x",
    "a changed claim": lambda good: ".".join(
        [good.token.split(".")[0], part({**good.claims, "sub": "1"}), good.token.split(".")[2]]
    ),
    "a changed signature": lambda good: good.token[:-6] + ("A" * 6 if good.token[-6:] != "A" * 6 else "B" * 6),
    "claims as a list": lambda good: f"{good.token.split('.')[0]}.{part([good.claims])}.{good.token.split('.')[2]}",
    "not base64": lambda _good: "é.é.é",
    "half a token": lambda good: good.token[: len(good.token) // 2],
    "very long": lambda _good: "a" * 100_000,
}


@pytest.fixture
def good(ada, sam) -> str:
    return tokens.sign_in(person=sam)["access"]


def answer(header: str):
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=header)
    return client.get("/api/protected/")


def test_there_are_at_least_thirty_forgeries():
    assert len(FORGERIES) >= 30


@pytest.mark.filterwarnings("ignore:The HMAC key is")
@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_is_refused(name, good):
    claims = jwt.decode(good, options={"verify_signature": False})
    assert signed(claims) == good  # what is forged works as it is
    assert answer(f"Bearer {good}").json()["username"] == "sam"
    refused = answer(f"Bearer {FORGERIES[name](Good(good, claims))}")
    assert refused.status_code == 401
    assert refused.json()["code"] in {"token_invalid", "token_expired"}
    assert refused["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "bearer a b", "Bearer  {good} x"])
def test_a_header_without_exactly_one_token_is_refused(header, good):
    refused = answer(header.format(good=good))
    assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")


@pytest.mark.parametrize("header", ["", "Basic c2FtOnNhbQ==", "Token {good}", "{good}"])
def test_any_other_header_counts_as_none(header, good):
    refused = answer(header.format(good=good))
    assert (refused.status_code, refused.json()["code"]) == (401, "not_authenticated")
    assert answer(f"bEaReR {good}").status_code == 200
