"""No forged, borrowed or worn token gets through, and none breaks anything."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import JWSRegistry

from chassis.access_tokens import (
    AUDIENCE,
    LEEWAY_S,
    AccessTokens,
    Issuer,
    KnownKeys,
    external_account,
)
from chassis.problems import Problem
from chassis.testing import TokenIssuer

ACCOUNT = UUID("0199f3d2-0000-7000-8000-000000000001")
NAME = "http://commontime.test"
HOUR = 3600


def encoded(part: bytes | dict[str, Any]) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims(**changed: Any) -> dict[str, Any]:
    now = int(datetime.now(UTC).timestamp())
    usual = {"iss": NAME, "aud": AUDIENCE, "sub": str(ACCOUNT), "iat": now, "exp": now + HOUR}
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


@pytest.fixture(scope="module")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture(scope="module")
def signed(issuer: TokenIssuer) -> Callable[..., str]:
    """Sign raw parts with the issuer's own key: the signature at least is good."""

    def sign(payload: bytes | dict[str, Any], header: bytes | dict[str, Any] | None = None) -> str:
        usual = {"alg": "ES256", "kid": "test", "typ": "at+jwt"}
        signing_input = f"{encoded(header or usual)}.{encoded(payload)}"
        return f"{signing_input}.{_signature(issuer.key, signing_input)}"

    return sign


def _signature(key: ECKey, signing_input: str) -> str:
    raw = JWSRegistry.algorithms["ES256"].sign(signing_input.encode(), key)
    return encoded(raw)


async def refused(tokens: AccessTokens, token: str) -> None:
    with pytest.raises(Problem) as problem:
        await tokens.verify(token)
    assert problem.value.code == "unauthenticated"
    assert problem.value.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


async def test_a_token_that_the_issuer_signed_says_whose_it_is(issuer: TokenIssuer) -> None:
    account = await issuer.access_tokens.verify(issuer.token(ACCOUNT))
    assert account.account_id == ACCOUNT
    assert account.expires_at is not None
    left = account.expires_at - datetime.now(UTC)
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)


async def test_raw_parts_signed_by_the_issuer_are_good(
    issuer: TokenIssuer, signed: Callable[..., str]
) -> None:
    """What the refusals below change is then what they are refused for."""
    assert (await issuer.access_tokens.verify(signed(claims()))).account_id == ACCOUNT


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "somebody-else"},
        {"aud": ["a", "b"]},
        {"aud": [AUDIENCE, 7]},
        {"aud": {"commontime": True}},
        {"aud": None},
        {"iss": "http://elsewhere.test"},
        {"iss": NAME + "/"},
        {"iss": [NAME]},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "ann@example.org"},
        {"sub": str(ACCOUNT).upper()},
        {"sub": f"urn:uuid:{ACCOUNT}"},
        {"sub": ACCOUNT.hex},
        {"sub": "\ud800"},
        {"exp": None},
        {"exp": "2999-01-01"},
        {"exp": True},
        {"exp": 0},
        {"exp": -1},
        {"exp": 10**12},
        {"exp": 10**400},
        {"exp": [9999999999]},
        {"nbf": "now"},
        {"iat": "now"},
    ],
    ids=repr,
)
async def test_a_claim_that_is_wrong_or_odd_is_refused(
    changed: dict[str, Any], issuer: TokenIssuer, signed: Callable[..., str]
) -> None:
    await refused(issuer.access_tokens, signed(claims(**changed)))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b"[" * 2500,
        b'{"a":' * 600,
        b'{"exp": NaN, "iss": "http://commontime.test"}',
        b'{"exp": 1e999, "iss": "http://commontime.test"}',
        b'{"exp": Infinity}',
    ],
    ids=lambda payload: repr(payload[:20]),
)
async def test_a_payload_that_is_no_json_object_is_refused(
    payload: bytes, issuer: TokenIssuer, signed: Callable[..., str]
) -> None:
    await refused(issuer.access_tokens, signed(payload))


async def test_a_claim_given_twice_is_refused(
    issuer: TokenIssuer, signed: Callable[..., str]
) -> None:
    once = json.dumps(claims())
    twice = f'{once[:-1]}, "sub": "{uuid4()}"}}'
    await refused(issuer.access_tokens, signed(twice.encode()))


@pytest.mark.parametrize(
    "changed",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": "HS256"},
        {"alg": "RS256"},
        {"alg": "ES384"},
        {"alg": ["ES256"]},
        {"alg": None},
        {"kid": None},
        {"kid": "unknown"},
        {"kid": 7},
        {"kid": ["test"]},
        {"typ": "JWT"},
        {"typ": "dpop+jwt"},
        {"typ": ["at+jwt"]},
        {"crit": ["exp"]},
        {"crit": 7},
        {"crit": [["exp"]]},
        {"b64": False, "crit": ["b64"]},
        {"b64": True},
    ],
    ids=repr,
)
async def test_a_header_that_asks_for_something_else_is_refused(
    changed: dict[str, Any], issuer: TokenIssuer, signed: Callable[..., str]
) -> None:
    usual: dict[str, Any] = {"alg": "ES256", "kid": "test", "typ": "at+jwt"}
    header = {name: value for name, value in {**usual, **changed}.items() if value is not None}
    await refused(issuer.access_tokens, signed(claims(), header))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE"])
async def test_a_token_without_a_signature_is_refused(alg: str, issuer: TokenIssuer) -> None:
    header = {"alg": alg, "kid": "test", "typ": "at+jwt"}
    unsigned = f"{encoded(header)}.{encoded(claims())}"
    for token in (f"{unsigned}.", f"{unsigned}.AA", unsigned):
        await refused(issuer.access_tokens, token)


async def test_the_public_key_is_no_shared_secret(issuer: TokenIssuer) -> None:
    header = {"alg": "HS256", "kid": "test", "typ": "at+jwt"}
    signing_input = f"{encoded(header)}.{encoded(claims())}"
    public = issuer.key.as_dict(private=False)
    for secret in (
        issuer.key.as_pem(private=False),
        issuer.key.as_der(private=False),
        json.dumps(public).encode(),
        str(public["x"]).encode(),
    ):
        digest = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
        await refused(issuer.access_tokens, f"{signing_input}.{encoded(digest)}")


async def test_a_key_that_the_token_brings_along_is_not_used(issuer: TokenIssuer) -> None:
    own = ECKey.generate_key("P-256", {"kid": "test"}, private=True)
    header = {"alg": "ES256", "kid": "test", "typ": "at+jwt", "jwk": own.as_dict(private=False)}
    await refused(issuer.access_tokens, jwt.encode(header, claims(), own))
    header["jku"] = "https://elsewhere.test/keys"
    await refused(issuer.access_tokens, jwt.encode(header, claims(), own))


async def test_another_issuers_signature_is_not_this_ones(issuer: TokenIssuer) -> None:
    await refused(issuer.access_tokens, TokenIssuer().token(ACCOUNT))


async def test_a_changed_part_breaks_the_signature(issuer: TokenIssuer) -> None:
    tokens = issuer.access_tokens
    header, _, signature = issuer.token(ACCOUNT).split(".")
    await refused(tokens, f"{header}.{encoded(claims(sub=str(uuid4())))}.{signature}")
    other = encoded({"alg": "ES256", "kid": "test", "typ": "at+jwt", "x": 1})
    await refused(tokens, f"{other}.{encoded(claims())}.{signature}")


@pytest.mark.parametrize(
    "token",
    [
        "..",
        "a.b.c",
        "a.b.c.d.e",
        "é.é.é",
        "e30.e30.e30",
        "e30.e30.",
        "." + "A" * 100 + ".",
        "A" * 1_000_000 + ".e30.e30",
        "e30." + "A" * 1_000_000 + ".e30",
        "=.=.=",
        "e30=.e30=.e30=",
        "\x00.\x00.\x00",
    ],
    ids=lambda token: repr(token[:20]),
)
async def test_garbage_is_refused(token: str, issuer: TokenIssuer) -> None:
    await refused(issuer.access_tokens, token)


async def test_a_signature_of_another_length_or_form_is_refused(issuer: TokenIssuer) -> None:
    header, payload, signature = issuer.token(ACCOUNT).split(".")
    zeros = encoded(b"\0" * 64)
    for other in (signature[:-4], signature + "AAAA", zeros, "A", "*" * 86, "A" * 3000):
        await refused(issuer.access_tokens, f"{header}.{payload}.{other}")


async def test_a_token_is_good_until_its_end_and_not_a_moment_longer(issuer: TokenIssuer) -> None:
    now = float(int(datetime.now(UTC).timestamp()))
    tokens = AccessTokens([_trusting(issuer)], now=lambda: now)
    token = issuer.token(ACCOUNT, iat=int(now), exp=int(now) + 30)
    end = now + 30
    now = end - 0.001
    assert (await tokens.verify(token)).account_id == ACCOUNT
    # It is remembered now, and that must not keep it.
    now = end
    await refused(tokens, token)


@pytest.mark.parametrize("claim", ["nbf", "iat"])
async def test_a_token_from_the_future_is_not_yet_good(claim: str, issuer: TokenIssuer) -> None:
    now = float(int(datetime.now(UTC).timestamp()))
    begins = int(now) + HOUR
    token = issuer.token(ACCOUNT, timedelta(hours=3), **{claim: begins})
    tokens = AccessTokens([_trusting(issuer)], now=lambda: now)
    now = begins - LEEWAY_S - 0.001
    await refused(tokens, token)
    now = float(begins - LEEWAY_S)
    assert (await tokens.verify(token)).account_id == ACCOUNT


async def test_a_verified_token_is_remembered_for_a_minute(issuer: TokenIssuer) -> None:
    """Then a key that was taken away is felt."""
    now = datetime.now(UTC).timestamp()
    keys = _Counted(KeySet([issuer.key]))
    tokens = AccessTokens([Issuer(issuer.name, keys)], now=lambda: now)
    token = issuer.token(ACCOUNT)
    for _ in range(3):
        await tokens.verify(token)
    assert keys.asked == 1
    now += 60
    await tokens.verify(token)
    assert keys.asked == 2


async def test_a_token_that_was_refused_is_not_remembered_as_good(issuer: TokenIssuer) -> None:
    tokens = issuer.access_tokens
    forged = TokenIssuer().token(ACCOUNT)
    await refused(tokens, forged)
    await refused(tokens, forged)


async def test_so_many_are_remembered_and_no_more(
    issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.access_tokens._MOST_REMEMBERED", 2)
    keys = _Counted(KeySet([issuer.key]))
    tokens = AccessTokens([Issuer(issuer.name, keys)])
    first, *others = (issuer.token(ACCOUNT, jti=str(n)) for n in range(3))
    for token in (first, *others, *others):
        await tokens.verify(token)
    assert keys.asked == 3
    await tokens.verify(first)
    assert keys.asked == 4


async def test_an_external_subject_may_be_anything_and_gets_an_id_of_its_own(
    issuer: TokenIssuer,
) -> None:
    tokens = AccessTokens(
        [Issuer(issuer.name, KnownKeys(KeySet([issuer.key])), "app", ("ES256",), internal=False)]
    )
    header = {"alg": "ES256", "kid": "test", "typ": "JWT"}
    token = jwt.encode(header, claims(sub="auth0|42", aud=["other", "app"]), issuer.key)
    account = await tokens.verify(token)
    assert account.account_id == external_account(NAME, "auth0|42")
    ours = jwt.encode(header, claims(aud="app"), issuer.key)
    assert (await tokens.verify(ours)).account_id != ACCOUNT
    for other in ("dpop+jwt", "logout+jwt"):
        await refused(tokens, jwt.encode({**header, "typ": other}, claims(aud="app"), issuer.key))


class _Counted(KnownKeys):
    def __init__(self, keys: KeySet) -> None:
        super().__init__(keys)
        self.asked = 0

    async def find(self, kid: str) -> Any:
        self.asked += 1
        return await super().find(kid)


def _trusting(issuer: TokenIssuer) -> Issuer:
    return Issuer(issuer.name, KnownKeys(KeySet([issuer.key])))
