"""Signing in, renewing, signing out; what was stolen or used before is of no use."""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from chassis.access_tokens import KnownKeys
from chassis.compact_tokens import read
from chassis.trusted_issuers import JWKS_PATH
from poll_api.accounts.sessions import MOST_SESSIONS
from poll_api.accounts.testing import COOKIE, PASSWORD, SESSIONS, People, tokens_of
from poll_api.testing import PollApi

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_signing_in_gives_a_short_token_and_a_cookie_that_no_script_sees(
    people: People,
) -> None:
    person = await people.registers()
    answer = await people.tries(person.email, PASSWORD)
    assert answer.status_code == 200
    token, refresh = tokens_of(answer)
    assert answer.json() == {"access_token": token, "token_type": "Bearer", "expires_in": 900}
    assert answer.headers["cache-control"] == "no-store"
    assert refresh not in answer.text
    cookie = answer.headers["set-cookie"]
    assert cookie == (
        f"{COOKIE}={refresh}; Max-Age=2592000; Path={SESSIONS}; HttpOnly; SameSite=Lax"
    )
    said = read(token)
    assert said.header.keys() == {"alg", "kid", "typ"}
    assert (said.header["alg"], said.header["typ"]) == ("ES256", "at+jwt")
    assert said.claims["sub"] == person.id
    assert said.claims["exp"] - said.claims["iat"] == 900


async def test_an_unknown_address_and_a_wrong_password_look_alike(people: People) -> None:
    person = await people.registers()
    wrong = await people.tries(person.email, "not the password")
    unknown = await people.tries("nobody@example.org", "not the password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content
    assert set(wrong.headers) == set(unknown.headers)


async def test_an_unknown_address_takes_as_long_as_a_wrong_password(people: People) -> None:
    person = await people.registers()
    times: dict[str, list[float]] = {person.email: [], "nobody@example.org": []}
    for _ in range(8):
        for email, taken in times.items():
            began = perf_counter()
            await people.tries(email, "not the password")
            taken.append(perf_counter() - began)
    known, unknown = map(median, times.values())
    assert 0.6 < known / unknown < 1.7


async def test_a_new_access_token_comes_with_a_new_cookie(people: People) -> None:
    person = await people.comes_in()
    token, refresh = await people.renews_well(person.refresh)
    assert (token, refresh) != (person.token, person.refresh)
    assert refresh != person.refresh
    person.token = token
    assert (await people.reads(person)).status_code == 200


async def test_a_refresh_token_that_was_used_before_ends_the_session_for_both(
    people: People, poll_api: PollApi
) -> None:
    person = await people.comes_in()
    stolen = person.refresh
    _, second = await people.renews_well(stolen)
    _, third = await people.renews_well(second)
    replayed = await people.renews(stolen)
    assert (replayed.status_code, replayed.json()["code"]) == (401, "unauthenticated")
    assert f"{COOKIE}=; Max-Age=0" in replayed.headers["set-cookie"]
    assert (await people.renews(third)).status_code == 401
    assert (await people.reads(person)).status_code == 401


async def test_whoever_signed_in_elsewhere_stays_there(people: People) -> None:
    here = await people.comes_in()
    there = await people.signs_in(here)
    _, second = await people.renews_well(here.refresh)
    await people.renews_well(second)
    assert (await people.renews(here.refresh)).status_code == 401
    await people.renews_well(there.refresh)


async def test_an_answer_that_was_lost_is_given_again(people: People) -> None:
    person = await people.comes_in()
    _, lost = await people.renews_well(person.refresh)
    _, again = await people.renews_well(person.refresh)
    assert again == lost
    await people.renews_well(again)


async def test_two_tabs_that_renew_at_once_both_go_on(people: People) -> None:
    person = await people.comes_in()
    tabs = await asyncio.gather(*(people.renews_well(person.refresh) for _ in range(5)))
    (refresh,) = {refresh for _, refresh in tabs}
    await people.renews_well(refresh)


async def test_half_a_minute_later_the_one_before_was_used_before(
    people: People, poll_api: PollApi
) -> None:
    person = await people.comes_in()
    _, newest = await people.renews_well(person.refresh)
    _later(poll_api, person.id, timedelta(seconds=31))
    assert (await people.renews(person.refresh)).status_code == 401
    assert (await people.renews(newest)).status_code == 401


async def test_a_session_that_is_used_lasts_and_one_that_is_not_ends(
    people: People, poll_api: PollApi
) -> None:
    person = await people.comes_in()
    _later(poll_api, person.id, timedelta(days=29))
    _, refresh = await people.renews_well(person.refresh)
    _later(poll_api, person.id, timedelta(days=29))
    _, refresh = await people.renews_well(refresh)
    _later(poll_api, person.id, timedelta(days=31))
    assert (await people.renews(refresh)).status_code == 401


async def test_signing_out_ends_the_session_here_and_nowhere_else(people: People) -> None:
    here = await people.comes_in()
    there = await people.signs_in(here)
    answer = await people.signs_out(here)
    assert answer.status_code == 204
    assert f"{COOKIE}=; Max-Age=0" in answer.headers["set-cookie"]
    assert (await people.renews(here.refresh)).status_code == 401
    assert (await people.reads(here)).status_code == 401
    assert (await people.reads(there)).status_code == 200
    assert (await people.signs_out(here)).status_code == 204
    assert (await people.asks("DELETE", f"{SESSIONS}/current")).status_code == 204


async def test_a_refresh_token_that_was_made_up_is_refused_and_ends_nothing(
    people: People,
) -> None:
    person = await people.comes_in()
    prefix, encoded = person.refresh[:7], person.refresh[7:]
    raw = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))

    def written(raw: bytes) -> str:
        return prefix + urlsafe_b64encode(raw).rstrip(b"=").decode()

    later = raw[:16] + (9).to_bytes(4, "big") + raw[20:]
    earlier = raw[:16] + (0).to_bytes(4, "big") + raw[20:]
    another = uuid4().bytes + raw[16:]
    for forged in (
        *map(written, (later, earlier, another, raw[:-1], raw + b"x", raw[:-1] + b"\0", b"")),
        encoded,
        "ct_ref_",
        "ct_ref_" + "A" * 10_000,
        "ct_pat_" + encoded,
        person.token,
        "%00",
    ):
        assert (await people.renews(forged)).status_code == 401
    await people.renews_well(person.refresh)


async def test_without_a_cookie_nothing_is_renewed(people: People) -> None:
    person = await people.comes_in()
    assert (await people.renews("")).status_code == 401
    answer = await people.asks("POST", f"{SESSIONS}/refresh", headers=person.bearer)
    assert answer.status_code == 401


async def test_the_refresh_token_opens_nothing_else(people: People) -> None:
    person = await people.comes_in()
    person.token = person.refresh
    assert (await people.reads(person)).status_code == 401


async def test_whoever_signs_in_very_often_is_signed_out_where_it_is_longest_ago(
    people: People, poll_api: PollApi
) -> None:
    person = await people.comes_in()
    with psycopg.connect(poll_api.database) as connection:
        connection.execute(
            "insert into sessions (session_id, account_id, expires_at, created_at) "
            "select gen_random_uuid(), %s, now() + '1 day', now() + n * '1 second'::interval "
            "from generate_series(1, %s) n",
            (person.id, MOST_SESSIONS - 1),
        )
    assert (await people.reads(person)).status_code == 200
    await people.signs_in(person)
    assert (await people.reads(person)).status_code == 401


async def test_signing_in_sent_again_begins_one_session(people: People, poll_api: PollApi) -> None:
    person = await people.registers()
    key = {"Idempotency-Key": f"sign-in-{uuid4()}"}
    first = await people.tries(person.email, PASSWORD, headers=key)
    again = await people.tries(person.email, PASSWORD, headers=key)
    assert again.content == first.content
    assert again.headers["set-cookie"] == first.headers["set-cookie"]
    assert again.headers["idempotent-replayed"] == "true"
    with psycopg.connect(poll_api.database) as connection:
        count = connection.execute(
            "select count(*) from sessions where account_id = %s", (person.id,)
        ).fetchone()
    assert count == (1,)
    wrong = await people.tries(person.email, "not the password", headers=key)
    assert wrong.status_code == 422


async def test_the_published_keys_are_those_that_sign(people: People, poll_api: PollApi) -> None:
    person = await people.comes_in()
    answer = await people.asks("GET", JWKS_PATH)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=60"
    (key,) = answer.json()["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    keys = KeySet.import_key_set(answer.json())
    assert await KnownKeys(keys).find(key["kid"]) is not None
    assert jwt.decode(person.token, keys).claims["sub"] == person.id
    unchanged = await people.asks(
        "GET", JWKS_PATH, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert unchanged.status_code == 304


def _later(poll_api: PollApi, account_id: str, span: timedelta) -> None:
    """As if so much time had passed for the account's sessions."""
    with psycopg.connect(poll_api.database) as connection:
        connection.execute(
            "update sessions set rotated_at = rotated_at - %s, expires_at = expires_at - %s "
            "where account_id = %s",
            (span, span, UUID(account_id)),
        )
