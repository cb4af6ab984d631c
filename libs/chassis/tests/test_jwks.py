"""Keys of a real issuer on this machine: fetched once, kept while it is away, and never guessed."""

import asyncio
import gzip
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from joserfc.jwk import ECKey, OctKey
from pydantic import ValidationError

from chassis.jwks import (
    FRESH_S,
    OLD_S,
    PAUSE_S,
    FetchedKeys,
    discovered_from,
    usable_keys,
)
from chassis.oidc_issuers import OidcIssuer
from chassis.oidc_testing import LocalIssuer, ec_key, local_issuer, rsa_key
from chassis.problems import Problem


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest_asyncio.fixture
async def issuer() -> AsyncGenerator[LocalIssuer]:
    async with local_issuer() as issuer:
        yield issuer


def keys_at(issuer: LocalIssuer, clock: Clock) -> FetchedKeys:
    async def locate(_: ClientSession) -> str:
        return f"{issuer.url}/keys"

    return FetchedKeys(locate, clock=clock)


async def found(keys: FetchedKeys, kid: str) -> bool:
    return await keys.find(kid) is not None


async def cannot_be_told(keys: FetchedKeys, kid: str) -> None:
    with pytest.raises(Problem) as problem:
        await keys.find(kid)
    assert (problem.value.code, problem.value.headers["Retry-After"]) == ("owner_unavailable", "1")


async def test_a_known_key_is_fetched_once(issuer: LocalIssuer) -> None:
    clock = Clock()
    keys = keys_at(issuer, clock)
    for _ in range(3):
        assert await found(keys, "first")
    clock.now += FRESH_S - 1
    assert await found(keys, "first")
    assert issuer.asked == 1


async def test_those_who_ask_at_the_same_time_share_one_answer(issuer: LocalIssuer) -> None:
    keys = keys_at(issuer, Clock())
    assert all(await asyncio.gather(*(found(keys, "first") for _ in range(20))))
    assert issuer.asked == 1


async def test_whoever_gives_up_takes_nobodys_answer_along(issuer: LocalIssuer) -> None:
    keys = keys_at(issuer, Clock())
    impatient = asyncio.create_task(keys.find("first"))
    patient = asyncio.create_task(keys.find("first"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient is not None
    assert issuer.asked == 1


async def test_an_unknown_key_is_asked_for_but_not_every_time(issuer: LocalIssuer) -> None:
    clock = Clock()
    keys = keys_at(issuer, clock)
    assert await found(keys, "first")
    for _ in range(10):
        assert not await found(keys, "made-up")
    assert issuer.asked == 1
    clock.now += PAUSE_S
    for _ in range(10):
        assert not await found(keys, "made-up")
    assert issuer.asked == 2


async def test_a_new_key_is_found_at_once(issuer: LocalIssuer) -> None:
    clock = Clock()
    keys = keys_at(issuer, clock)
    assert await found(keys, "first")
    issuer.keys.append(ec_key("second"))
    clock.now += PAUSE_S
    assert await found(keys, "second")


async def test_nobody_waits_for_what_is_only_no_longer_fresh(issuer: LocalIssuer) -> None:
    clock = Clock()
    keys = keys_at(issuer, clock)
    assert await found(keys, "first")
    issuer.keys = [rsa_key("second")]
    clock.now += FRESH_S
    assert await found(keys, "first")
    # The fetch that this began is joined by whoever needs it.
    assert await found(keys, "second")
    assert not await found(keys, "first")
    assert issuer.asked == 2


async def test_a_key_that_was_taken_away_is_gone_after_ten_minutes(issuer: LocalIssuer) -> None:
    clock = Clock()
    keys = keys_at(issuer, clock)
    assert await found(keys, "first")
    issuer.keys = [rsa_key("second")]
    clock.now += OLD_S
    assert not await found(keys, "first")


async def test_without_any_keys_it_cannot_be_told(issuer: LocalIssuer) -> None:
    clock = Clock()
    keys = keys_at(issuer, clock)
    issuer.status = 503
    await cannot_be_told(keys, "first")
    await cannot_be_told(keys, "first")
    assert issuer.asked == 1
    issuer.status = 200
    clock.now += PAUSE_S
    assert await found(keys, "first")


async def test_what_was_fetched_last_is_kept_while_the_owner_is_away(issuer: LocalIssuer) -> None:
    clock = Clock()
    keys = keys_at(issuer, clock)
    assert await found(keys, "first")
    issuer.status = 500
    clock.now += 10 * OLD_S
    assert await found(keys, "first")
    # Of another key nobody can say now whether it is there.
    await cannot_be_told(keys, "second")


async def test_nobody_listening_is_the_same_as_away() -> None:
    async def locate(_: ClientSession) -> str:
        return "http://127.0.0.1:1/keys"

    await cannot_be_told(FetchedKeys(locate), "first")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"keys": []}',
        b'{"keys": 7}',
        b'{"keys": ["a", 7, null, {}]}',
        b'{"keys": [' + b" " * 300_000 + b"]}",
    ],
    ids=lambda body: repr(body[:20]),
)
async def test_nonsense_is_the_same_as_away(body: bytes, issuer: LocalIssuer) -> None:
    issuer.body = body
    await cannot_be_told(keys_at(issuer, Clock()), "first")


async def test_a_redirection_is_not_followed(issuer: LocalIssuer) -> None:
    issuer.status, issuer.body = 302, b""
    await cannot_be_told(keys_at(issuer, Clock()), "first")


def public(key: Any, **changed: Any) -> dict[str, Any]:
    members = {**key.as_dict(private=False), **changed}
    return {name: value for name, value in members.items() if value is not None}


def kids(*listed: Any) -> set[str]:
    return set(usable_keys({"keys": [public(ec_key("good")), *listed]})) - {"good"}


def test_only_public_keys_for_signatures_are_used() -> None:
    key = ec_key("key")
    assert kids(public(key)) == {"key"}
    assert kids(public(key, use="sig")) == {"key"}
    assert not kids(public(key, use="enc"))
    assert not kids(key.as_dict(private=True))
    assert not kids(OctKey.import_key("a shared secret", {"kid": "key"}).as_dict(private=True))
    assert not kids({"kty": "oct", "kid": "key"})


def test_a_key_that_is_broken_or_weak_is_passed_over() -> None:
    key = ec_key("key")
    assert not kids(public(key, kid=None))
    assert not kids(public(key, kid=""))
    assert not kids(public(key, kty="ABC"))
    assert not kids(public(key, crv="P-1"))
    assert not kids(public(key, x="AAAA"))
    assert not kids(public(key, x=7))
    assert not kids(public(key, y=None))
    weak = json.loads(
        '{"kty": "RSA", "kid": "key", "e": "AQAB", "n": "' + "w" * 170 + 'w"}'  # 1,024 bits
    )
    assert not kids(weak)


def test_of_two_keys_with_one_name_the_first_is_used() -> None:
    first, second = ec_key("key"), ec_key("key")
    found = usable_keys({"keys": [public(first), public(second)]})
    assert found["key"].as_dict(private=False) == ECKey.import_key(public(first)).as_dict()


async def test_a_provider_says_where_its_keys_are(issuer: LocalIssuer) -> None:
    assert await found(discovered_from(issuer.url), "first")


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://another.test"},
        {"jwks_uri": "http://keys.example.test/"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"jwks_uri": 7},
    ],
    ids=repr,
)
async def test_a_provider_that_points_elsewhere_is_not_believed(
    described: dict[str, Any], issuer: LocalIssuer
) -> None:
    issuer.described = described
    await cannot_be_told(discovered_from(issuer.url), "first")
    assert issuer.asked == 0


@pytest.mark.parametrize(
    "members",
    [
        {"issuer": "http://login.example.org"},
        {"issuer": "login.example.org"},
        {"issuer": "ftp://localhost"},
        {"jwks_uri": "http://login.example.org/keys"},
        {"algorithms": ["none"]},
        {"algorithms": ["HS256"]},
        {"algorithms": []},
        {"audience": ""},
        {"client_secret": "x"},
    ],
    ids=repr,
)
def test_an_issuer_that_is_not_safe_is_refused_at_the_start(members: dict[str, Any]) -> None:
    good = {"issuer": "https://login.example.org", "audience": "commontime"}
    OidcIssuer.model_validate(good)
    with pytest.raises(ValidationError):
        OidcIssuer.model_validate({**good, **members})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"])
def test_on_this_machine_an_issuer_needs_no_certificate(host: str) -> None:
    OidcIssuer(issuer=f"http://{host}:8080/realms/x", audience="commontime")


async def test_an_answer_that_grows_when_it_is_unpacked_is_given_up(issuer: LocalIssuer) -> None:
    issuer.body = gzip.compress(b'{"keys": [' + b" " * 50_000_000)
    issuer.headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert len(issuer.body) < 64 * 1024
    await cannot_be_told(keys_at(issuer, Clock()), "first")
