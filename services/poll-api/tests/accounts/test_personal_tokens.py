"""What scripts sign in with: exchanged for an access token, and good for nothing else."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from poll_api.accounts.personal_tokens import MOST_TOKENS
from poll_api.accounts.testing import PASSWORD, SESSIONS, TOKENS, People, Person
from poll_api.testing import PollApi, iso

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def made(people: People, person: Person, **body: object) -> str:
    answer = await people.makes_a_token(person, **body)
    assert answer.status_code == 201, answer.text
    return answer.json()["token"]


async def test_a_personal_token_is_shown_once_and_exchanged(people: People) -> None:
    person = await people.comes_in()
    answer = await people.makes_a_token(person, name="backup")
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()["token"]
    assert token.startswith("ct_pat_")
    listed = await people.asks("GET", TOKENS, headers=person.bearer)
    (one,) = listed.json()["items"]
    assert one == {
        "id": answer.json()["id"],
        "name": "backup",
        "created_at": answer.json()["created_at"],
        "last_used_at": None,
        "expires_at": None,
    }
    assert token not in listed.text
    exchanged = await people.exchanges(token)
    assert exchanged.status_code == 200
    assert "set-cookie" not in exchanged.headers
    script = Person(person.id, person.email, exchanged.json()["access_token"])
    assert (await people.reads(script)).json()["id"] == person.id
    tag = listed.headers["etag"]
    again = await people.asks("GET", TOKENS, headers={**person.bearer, "If-None-Match": tag})
    assert again.status_code == 200
    assert again.json()["items"][0]["last_used_at"] is not None


async def test_only_the_hash_of_a_token_is_kept(people: People, poll_api: PollApi) -> None:
    person = await people.comes_in()
    token = await made(people, person)
    with psycopg.connect(poll_api.database) as connection:
        rows = connection.execute("select t::text from personal_tokens t").fetchall()
    assert token not in str(rows)
    assert token.removeprefix("ct_pat_") not in str(rows)


async def test_a_personal_token_opens_nothing_but_signing_in(people: People) -> None:
    person = await people.comes_in()
    person.token = await made(people, person)
    assert (await people.reads(person)).status_code == 401
    answer = await people.asks("POST", "/api/v1/polls", headers=person.bearer, json={})
    assert answer.status_code == 401


async def test_a_deleted_token_is_good_for_nothing_and_what_came_from_it_neither(
    people: People,
) -> None:
    person = await people.comes_in()
    answer = await people.makes_a_token(person)
    token, path = answer.json()["token"], f"{TOKENS}/{answer.json()['id']}"
    exchanged = await people.exchanges(token)
    script = Person(person.id, person.email, exchanged.json()["access_token"])
    other = await people.comes_in()
    assert (await people.asks("DELETE", path, headers=other.bearer)).status_code == 404
    assert (await people.exchanges(token)).status_code == 200
    assert (await people.asks("DELETE", path, headers=person.bearer)).status_code == 204
    assert (await people.asks("DELETE", path, headers=person.bearer)).status_code == 404
    assert (await people.exchanges(token)).status_code == 401
    assert (await people.reads(script)).status_code == 401


async def test_a_token_is_good_until_it_expires(people: People, poll_api: PollApi) -> None:
    person = await people.comes_in()
    soon = iso(datetime.now(UTC) + timedelta(hours=1))
    token = await made(people, person, expires_at=soon)
    assert (await people.exchanges(token)).status_code == 200
    with psycopg.connect(poll_api.database) as connection:
        connection.execute(
            "update personal_tokens set expires_at = now() where account_id = %s", (person.id,)
        )
    assert (await people.exchanges(token)).status_code == 401


async def test_a_token_that_would_be_over_already_is_not_made(people: People) -> None:
    person = await people.comes_in()
    past = iso(datetime.now(UTC) - timedelta(seconds=1))
    answer = await people.makes_a_token(person, expires_at=past)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/expires_at"


async def test_a_script_makes_no_more_tokens(people: People) -> None:
    person = await people.comes_in()
    exchanged = await people.exchanges(await made(people, person))
    script = Person(person.id, person.email, exchanged.json()["access_token"])
    answer = await people.makes_a_token(script)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_an_account_has_so_many_tokens_and_no_more(people: People, poll_api: PollApi) -> None:
    person = await people.comes_in()
    with psycopg.connect(poll_api.database) as connection:
        connection.execute(
            "insert into personal_tokens (token_id, account_id, name, token_hash) "
            "select gen_random_uuid(), %s, 'x', gen_random_uuid()::text "
            "from generate_series(1, %s)",
            (person.id, MOST_TOKENS - 1),
        )
    await made(people, person)
    answer = await people.makes_a_token(person)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_tokens")


async def test_another_password_leaves_the_tokens(people: People) -> None:
    person = await people.comes_in()
    token = await made(people, person)
    await people.changes(person, password="a rather different one", current_password=PASSWORD)
    assert (await people.exchanges(token)).status_code == 200


@pytest.mark.parametrize("token", ["ct_pat_", "ct_pat_guess", "ct_org_guess", "a.b.c"])
async def test_what_is_no_personal_token_does_not_sign_in(people: People, token: str) -> None:
    answer = await people.exchanges(token)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_the_same_token_asked_for_again_is_the_same(people: People) -> None:
    person = await people.comes_in()
    headers = {**person.bearer, "Idempotency-Key": f"a-token-for-x-{uuid4()}"}
    first = await people.asks("POST", TOKENS, headers=headers, json={"name": "x"})
    again = await people.asks("POST", TOKENS, headers=headers, json={"name": "x"})
    assert again.content == first.content
    # Neither another account's key nor what the script asks for is mixed up with it.
    other = {**(await people.comes_in()).bearer, "Idempotency-Key": headers["Idempotency-Key"]}
    answer = await people.asks("POST", TOKENS, headers=other, json={"name": "x"})
    assert answer.json()["token"] != first.json()["token"]


async def test_signing_in_needs_something_to_sign_in_with(people: People) -> None:
    assert (await people.asks("POST", SESSIONS)).status_code == 401
