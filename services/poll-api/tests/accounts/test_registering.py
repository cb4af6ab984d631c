"""Accounts come, change and go."""

from hashlib import sha256
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest
from psycopg import sql

from poll_api.accounts.passwords import LONGEST
from poll_api.accounts.testing import ACCOUNTS, ME, PASSWORD, TOKENS, People
from poll_api.testing import PollApi, bearer, proposal

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_whoever_registers_gets_an_account_and_can_sign_in(people: People) -> None:
    body = {"email": "  Ann.Lee@EXAMPLE.org ", "password": PASSWORD}
    answer = await people.asks("POST", ACCOUNTS, json=body)
    assert answer.status_code == 201
    made = answer.json()
    assert made == {
        "id": made["id"],
        "email": "Ann.Lee@example.org",
        "created_at": made["created_at"],
        "version": 1,
    }
    assert UUID(made["id"]).version == 7
    assert answer.headers["location"] == ME
    assert answer.headers["cache-control"] == "no-store"
    person = await people.comes_in()
    read = await people.reads(person)
    assert read.json()["email"] == person.email
    assert read.headers["cache-control"] == "no-store"
    again = await people.asks(
        "GET", ME, headers={**person.bearer, "If-None-Match": read.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("written", ["Taken@example.org", "TAKEN@EXAMPLE.ORG", "taken@example.org"])
async def test_an_address_has_one_account_however_it_is_written(
    people: People, poll_api: PollApi, written: str
) -> None:
    await people.asks("POST", ACCOUNTS, json={"email": "taken@example.org", "password": PASSWORD})
    before = everything(poll_api)
    answer = await people.asks("POST", ACCOUNTS, json={"email": written, "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert everything(poll_api) == before


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"email": "ann", "password": PASSWORD}, "/email", "not_an_email"),
        ({"email": "a@b@example.org", "password": PASSWORD}, "/email", "not_an_email"),
        ({"email": "a\r\nBcc: x@example.org", "password": PASSWORD}, "/email", "not_an_email"),
        ({"email": "a" * 250 + "@x.de", "password": PASSWORD}, "/email", "string_too_long"),
        ({"email": 7, "password": PASSWORD}, "/email", "string_type"),
        ({"password": PASSWORD}, "/email", "missing"),
        ({"email": "x@example.org"}, "/password", "missing"),
        ({"email": "x@example.org", "password": "x" * 257}, "/password", "too_long"),
        ({"email": "x@example.org", "password": "9 letters"}, "/password", "string_too_short"),
        ({"email": "x@example.org", "password": "Password123"}, "/password", "too_common"),
        ({"email": "x@example.org", "password": "aaaaaaaaaaaa"}, "/password", "too_common"),
        ({"email": "x@example.org", "password": "X@example.org"}, "/password", "too_common"),
        ({"email": "x@example.org", "password": PASSWORD, "admin": True}, "/admin", "extra"),
    ],
)
async def test_what_is_not_acceptable_is_pointed_at(
    people: People, poll_api: PollApi, body: dict[str, object], pointer: str, code: str
) -> None:
    before = everything(poll_api)
    answer = await people.asks("POST", ACCOUNTS, json=body)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert code in error["code"]
    assert everything(poll_api) == before
    assert str(body.get("password", PASSWORD)) not in answer.text


@pytest.mark.parametrize(
    "password", ["ten lettrs", "ü" * 5 + "abcde", "x y" * 85 + "z", "пароль ещё"]
)
async def test_a_password_of_any_characters_between_the_bounds_is_good(
    people: People, password: str
) -> None:
    assert 10 <= len(password) <= LONGEST
    person = await people.registers(password=password)
    assert (await people.tries(person.email, password)).status_code == 200


async def test_a_password_typed_on_another_system_is_the_same(people: People) -> None:
    """The same letters, composed and in pieces."""
    person = await people.registers(password="für immer und ewig")
    assert (await people.tries(person.email, "fu\u0308r immer und ewig")).status_code == 200


async def test_the_same_registration_sent_again_is_done_once(
    people: People, poll_api: PollApi
) -> None:
    key = {"Idempotency-Key": f"registration-{uuid4()}"}
    body = {"email": f"{uuid4().hex}@example.org", "password": PASSWORD}
    first = await people.asks("POST", ACCOUNTS, json=body, headers=key)
    again = await people.asks("POST", ACCOUNTS, json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    other = await people.asks(
        "POST", ACCOUNTS, json={**body, "password": "another password"}, headers=key
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_nothing_that_is_stored_helps_to_guess_a_password(
    people: People, poll_api: PollApi
) -> None:
    """Neither it nor a plain hash of it or of the body it came in."""
    body = {"email": f"{uuid4().hex}@example.org", "password": PASSWORD}
    raw = orjson.dumps(body)
    headers = {"Idempotency-Key": f"registration-{uuid4()}", "Content-Type": "application/json"}
    await people.asks("POST", ACCOUNTS, content=raw, headers=headers)
    stored = everything(poll_api, "idempotency")
    assert PASSWORD not in stored
    for guess in (PASSWORD.encode(), raw, b"\n" + raw):
        assert sha256(guess).hexdigest() not in stored
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in everything(poll_api)


async def test_another_password_ends_the_other_sessions_only(people: People) -> None:
    here = await people.comes_in()
    there = await people.signs_in(here)
    new = "a rather different one"
    changed = await people.changes(here, password=new, current_password=PASSWORD)
    assert changed.status_code == 200
    assert changed.json()["version"] == 2
    assert changed.headers["etag"] == '"2"'
    assert (await people.reads(there)).status_code == 401
    assert (await people.renews(there.refresh)).status_code == 401
    assert (await people.reads(here)).status_code == 200
    await people.renews_well(here.refresh)
    assert (await people.tries(here.email, PASSWORD)).status_code == 401
    assert (await people.tries(here.email, new)).status_code == 200


async def test_another_address_needs_the_password(people: People) -> None:
    person = await people.comes_in()
    new = f"{uuid4().hex}@example.org"
    for wrong in ("", "not the password"):
        answer = await people.changes(person, email=new, current_password=wrong or "x")
        assert answer.status_code == 403
        assert answer.json()["needs"] == ["current_password"]
    assert (await people.changes(person, email=new)).status_code == 422
    answer = await people.changes(person, email=new, current_password=PASSWORD)
    assert (answer.status_code, answer.json()["email"]) == (200, new)
    assert (await people.tries(new, PASSWORD)).status_code == 200
    assert (await people.tries(person.email, PASSWORD)).status_code == 401


async def test_an_address_that_somebody_has_cannot_be_taken_over(people: People) -> None:
    ann, ben = await people.comes_in(), await people.registers()
    answer = await people.changes(ann, email=ben.email.upper(), current_password=PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


async def test_a_change_of_something_older_is_refused(people: People) -> None:
    person = await people.comes_in()
    body = {"email": person.email, "current_password": PASSWORD}
    stale = await people.asks("PATCH", ME, json=body, headers={**person.bearer, "If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    fresh = await people.asks("PATCH", ME, json=body, headers={**person.bearer, "If-Match": '"1"'})
    assert fresh.status_code == 200


async def test_nothing_of_a_deleted_account_stays(people: People, poll_api: PollApi) -> None:
    person = await people.comes_in()
    key = {"Idempotency-Key": f"token-for-a-script-{uuid4()}"}
    made = await people.asks(
        "POST", TOKENS, headers={**person.bearer, **key}, json={"name": "a canary"}
    )
    assert made.status_code == 201
    for body in ({}, {"current_password": "not the password"}):
        refused = await people.deletes(person, **body)
        assert (refused.status_code, refused.json()["needs"]) == (403, ["current_password"])
    deleted = await people.deletes(person, current_password=PASSWORD)
    assert deleted.status_code == 204
    # The token is good for some minutes elsewhere, not here.
    assert (await people.reads(person)).status_code == 401
    assert (await people.renews(person.refresh)).status_code == 401
    assert (await people.exchanges(made.json()["token"])).status_code == 401
    assert (await people.tries(person.email, PASSWORD)).status_code == 401
    stored = everything(poll_api, "idempotency")
    assert person.id not in stored
    assert person.email not in stored
    assert "a canary" not in stored
    assert (await people.registers(person.email)).id != person.id


async def test_the_polls_of_a_deleted_account_stay_and_belong_to_nobody(
    people: People, poll_api: PollApi
) -> None:
    person, other = await people.comes_in(), await people.comes_in()
    body = proposal(title="Stays")
    opened = [
        (await people.asks("POST", "/api/v1/polls", headers=person.bearer, json=body)).json()
        for _ in range(3)
    ]
    await people.deletes(person, current_password=PASSWORD)
    for one in opened:
        path, capability = f"/api/v1/polls/{one['id']}", one["capabilities"]["organiser"]
        read = await people.asks("GET", path, headers=bearer(capability))
        assert (read.status_code, read.json()["owner"]) == (200, None)
        claimed = await people.asks(
            "POST", f"{path}/claim", headers=other.bearer, json={"organiser": capability}
        )
        assert claimed.status_code == 200


@pytest.mark.parametrize("credential", ["", "Bearer ct_org_x", "Bearer ct_pat_x", "Bearer a.b.c"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ME), ("PATCH", ME), ("DELETE", ME), ("GET", TOKENS), ("POST", TOKENS)],
)
async def test_without_an_access_token_nobody_gets_at_an_account(
    people: People, method: str, path: str, credential: str
) -> None:
    headers = {"Authorization": credential} if credential else {}
    answer = await people.asks(method, path, headers=headers, json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def everything(poll_api: PollApi, *more: str) -> str:
    """All rows about accounts as text."""
    tables = ("accounts", "sessions", "personal_tokens", "password_resets", *more)
    select = sql.SQL(" union all ").join(
        sql.SQL("select t::text from {} t").format(sql.Identifier(table)) for table in tables
    )
    with psycopg.connect(poll_api.database) as connection:
        return "\n".join(sorted(text for (text,) in connection.execute(select)))
