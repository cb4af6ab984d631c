"""Somebody tries what they should not: each attempt fails, and tells nothing.

Against every service as it is deployed, twice and behind the gateway, where a copy of what was
true a moment ago may be kept anywhere.
"""

import hmac
import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import ECKey

from commontime_driver import Account, Commontime, Person, Poll, at, eventually, free
from separate_processes import SeparateProcesses

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESCRIPTIONS = Path(__file__).parents[2] / "contracts" / "openapi"
# One path of each service that says something about a poll.
PLACES = {
    "poll-api": "",
    "availability": "/participants",
    "recommender": "/recommendations",
    "event-lifecycle": "/event.ics",
}
NAMELESS = {"names": "organiser", "results": "everyone"}


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=["one process", "separate processes"]
)
async def commontime(request: pytest.FixtureRequest) -> AsyncGenerator[Commontime]:
    """Run either way, and kept for all tests: the guards before the services are not the same."""
    if request.param == "one process":
        url, admin_token = request.getfixturevalue("one_process")
    else:
        deployment: SeparateProcesses = request.getfixturevalue("separate")
        url, admin_token = deployment.url, deployment.admin_token
    async with Commontime(url, admin_token) as driver:
        yield driver


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def account(commontime: Commontime) -> Account:
    return await commontime.registers()


@dataclass(frozen=True)
class Decided:
    poll: Poll
    ann: Person
    ben: Person
    event_id: str


async def decided(commontime: Commontime, ann: str = "Ann", **details: Any) -> Decided:
    poll = await commontime.opens_a_poll(**details)
    first, second = await commontime.joins(poll, ann), await commontime.joins(poll, "Ben")
    for person in (first, second):
        await commontime.submits(person, free(0, 2))
    event_id = (await commontime.finalises(poll, at(0)))["event_id"]
    await eventually(
        lambda: commontime.sees_event(event_id, poll.answer), lambda event: event is not None
    )
    return Decided(poll, first, second, event_id)


async def looks(commontime: Commontime, path: str, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await commontime.client.get(path, headers=headers)


def telling(answer: httpx.Response) -> tuple[int, dict[str, Any], set[str]]:
    """What an answer says apart from what was asked for."""
    said = {name: value for name, value in answer.json().items() if name != "instance"}
    said.pop("trace_id", None)
    return answer.status_code, said, set(answer.headers)


@pytest.mark.parametrize("place", sorted(PLACES))
async def test_a_poll_that_is_hidden_and_one_that_is_not_there_look_alike(
    commontime: Commontime, place: str
) -> None:
    one = await decided(commontime)
    there, nowhere = one.poll.path, f"/api/v1/polls/{uuid4()}"
    for kind in ("ct_org_", "ct_ans_", "ct_edt_", "ct_", ""):
        guess = kind + secrets.token_urlsafe(32)
        hidden = await looks(commontime, there + PLACES[place], guess)
        unknown = await looks(commontime, nowhere + PLACES[place], guess)
        assert telling(hidden) == telling(unknown)
        assert hidden.status_code == 404


@pytest.mark.parametrize("which", ["organiser", "answer"])
async def test_an_old_link_dies_everywhere_within_a_second(
    commontime: Commontime, which: str
) -> None:
    one = await decided(commontime)
    old: str = getattr(one.poll, which)
    for place in PLACES.values():
        assert (await looks(commontime, one.poll.path + place, old)).status_code == 200
    async with commontime.watches(f"{one.poll.path}/stream", old) as watching:
        new = await commontime.rotates(one.poll, which)
        rotated = time.monotonic()

        accepted = await last_accepted(commontime, one.poll, old)
        assert accepted - rotated < 1
        assert await watching.ended()
    for place in PLACES.values():
        assert (await looks(commontime, one.poll.path + place, new)).status_code == 200


async def last_accepted(commontime: Commontime, poll: Poll, old: str) -> float:
    """When somebody last began to look with a link that was accepted, once nobody can any more."""
    last = 0.0

    async def seen() -> set[int]:
        nonlocal last
        found: set[int] = set()
        for place in [*PLACES.values()] * 2:  # either replica
            began = time.monotonic()
            status = (await looks(commontime, poll.path + place, old)).status_code
            last = began if status == 200 else last
            found.add(status)
        return found

    await eventually(seen, lambda found: found == {404})
    return last


async def test_an_old_edit_link_dies_everywhere_within_a_second(commontime: Commontime) -> None:
    one = await decided(commontime)
    path = f"{one.ann.path}/links/rotate"
    answer = await commontime.asks("POST", path, {}, one.ann.edit)
    rotated = time.monotonic()
    new = answer.json()["capability"]
    accepted = await last_accepted(commontime, one.poll, one.ann.edit)
    assert accepted - rotated < 1
    for place in PLACES.values():
        assert (await looks(commontime, one.poll.path + place, new)).status_code == 200


@pytest.mark.parametrize("kind", ["organiser", "answer", "edit"])
async def test_a_token_of_one_poll_opens_no_other(commontime: Commontime, kind: str) -> None:
    mine, theirs = await decided(commontime), await decided(commontime)
    tokens = {"organiser": mine.poll.organiser, "answer": mine.poll.answer, "edit": mine.ann.edit}
    token = tokens[kind]
    for place in PLACES.values():
        assert (await looks(commontime, theirs.poll.path + place, token)).status_code == 404
    # My own person, looked for in their poll, and theirs in mine.
    for path in (
        f"{theirs.poll.path}/participants/{mine.ann.id}/schedule",
        f"{mine.poll.path}/participants/{theirs.ann.id}/schedule",
    ):
        assert (await looks(commontime, path, token)).status_code == 404


async def test_nobody_overwrites_anybody_by_a_name(commontime: Commontime) -> None:
    poll = await commontime.opens_a_poll()
    first, second = [await commontime.joins(poll, "Ann") for _ in range(2)]
    await commontime.submits(first, free(0, 2))
    await commontime.submits(second, free(4, 6))
    refused = await commontime.client.put(
        f"{first.path}/schedule",
        json={"intervals": []},
        headers={"Authorization": f"Bearer {second.edit}"},
    )
    assert refused.status_code == 403
    listed = await commontime.asks("GET", f"{poll.path}/schedules", None, poll.answer, poll.least)
    assert len(listed.json()["items"]) == 2
    own = await commontime.asks("GET", f"{first.path}/schedule", None, first.edit)
    assert own.json()["intervals"][0]["start"] == at(0)


async def every_view(commontime: Commontime, one: Decided, token: str) -> dict[str, str]:
    """Whatever can be read of the poll with a token, refusals included, with the headers."""
    described = [json.loads(file.read_text())["paths"] for file in DESCRIPTIONS.glob("*.json")]
    ids = {
        "poll_id": one.poll.id,
        "participant_id": one.ann.id,
        "event_id": one.event_id,
        "endpoint_id": str(uuid4()),
        "message_id": str(uuid4()),
        "token": "ct_fed_" + secrets.token_urlsafe(32),
        "id": str(uuid4()),
    }
    views: dict[str, str] = {}
    for template, item in (pair for paths in described for pair in paths.items()):
        if "get" not in item or template.endswith("/stream"):
            continue
        path = template.format_map({**dict.fromkeys(_names(template), str(uuid4())), **ids})
        answer = await looks(commontime, f"{path}?start={at(0).replace('+', '%2B')}", token)
        bare = await looks(commontime, path, token)
        views[template] = answer.text + str(answer.headers) + bare.text + str(bare.headers)
    suppose = await commontime.client.post(
        f"{one.poll.path}/recommendations/what-if",
        json={"duration": "PT2H", "ignore": [one.ben.id]},
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    return {**views, "what-if": suppose.text + str(suppose.headers)}


def _names(template: str) -> list[str]:
    return [part.partition("}")[0] for part in template.split("{")[1:]]


async def test_hidden_names_are_in_no_answer_no_header_and_no_refusal(
    commontime: Commontime, account: Account
) -> None:
    name, note = f"Ann{secrets.token_hex(8)}", f"note{secrets.token_hex(8)}"
    one = await decided(commontime, name, visibility=NAMELESS)
    await commontime.asks("PATCH", one.ann.path, {"note": note}, one.ann.edit)
    await eventually(
        lambda: commontime.asks(
            "GET", f"{one.poll.path}/recommendations", None, one.poll.organiser
        ),
        lambda answer: name in answer.text,
    )
    for token in (one.poll.answer, one.ben.edit, account.token, ""):
        for view, said in (await every_view(commontime, one, token)).items():
            assert name not in said, view
            assert note not in said, view
    # The search can find them.
    organisers = "".join((await every_view(commontime, one, one.poll.organiser)).values())
    assert name in organisers
    assert note in organisers


async def test_a_hidden_name_is_not_told_by_a_tag_a_count_or_an_order(
    commontime: Commontime,
) -> None:
    one = await decided(commontime, "Zoe", visibility=NAMELESS)
    places = ["/participants", "/schedules", "/recommendations", "/heatmap", "/timeline", ""]

    # Whoever answers knows of the decision: what is said of that must not come in between.
    headers = {"Authorization": f"Bearer {one.ben.edit}", **one.poll.least}

    async def tags() -> dict[str, tuple[str | None, str]]:
        found = {p: await commontime.client.get(one.poll.path + p, headers=headers) for p in places}
        return {p: (answer.headers.get("etag"), answer.text) for p, answer in found.items()}

    before = await tags()
    await commontime.asks("PATCH", one.ann.path, {"name": "Aaron"}, one.ann.edit)
    await eventually(
        lambda: commontime.asks(
            "GET", f"{one.poll.path}/recommendations", None, one.poll.organiser
        ),
        lambda answer: "Aaron" in answer.text,
    )
    assert await tags() == before


async def test_a_stream_tells_no_hidden_name_and_no_hidden_result(commontime: Commontime) -> None:
    name = f"Ann{secrets.token_hex(8)}"
    hidden = {"names": "organiser", "results": "organiser"}
    poll = await commontime.opens_a_poll(visibility=hidden)
    async with commontime.watches(f"{poll.path}/stream", poll.answer) as watching:
        ann = await commontime.joins(poll, name)
        await commontime.submits(ann, free(0, 2))
        seen = [await watching.event()]
        while seen[-1].data.get("answered") != 1:
            seen.append(await watching.event())
    assert name not in str(seen)
    assert "recommendations" not in {event.name for event in seen}


def _forged(account: Account, keys: dict[str, Any], issuer: str) -> dict[str, str]:
    """Tokens that somebody makes who knows everything but the private key."""
    header, body, signature = account.token.split(".")
    claims = jwt.decode(account.token, ECKey.import_key(keys)).claims
    public = ECKey.import_key(keys)
    own = ECKey.generate_key("P-256")
    kid = {"kid": keys["kid"]}
    later = int((datetime.now(UTC) + timedelta(days=1)).timestamp())
    other = {**claims, "sub": str(uuid4())}

    def b64(text: bytes) -> str:
        return urlsafe_b64encode(text).rstrip(b"=").decode()

    # By hand: the library refuses to.
    symmetric = f"{b64(_json({'alg': 'HS256', 'typ': 'at+jwt', **kid}))}.{body}"
    mac = hmac.digest(public.as_pem(private=False), symmetric.encode(), "sha256")
    unsigned = b64(_json({"alg": "none"}))
    changed = bytearray(urlsafe_b64decode(signature + "=="))
    changed[0] ^= 1
    return {
        "no algorithm": f"{unsigned}.{body}.",
        "no signature": f"{header}.{body}.",
        "another signature": f"{header}.{body}.{b64(bytes(changed))}",
        "another body": f"{header}.{b64(_json(other))}.{signature}",
        "another key": jwt.encode({"alg": "ES256", **kid}, claims, own),
        "an unknown kid": jwt.encode({"alg": "ES256", "kid": "unknown"}, claims, own),
        "no kid": jwt.encode({"alg": "ES256"}, claims, own),
        "the public key as a secret": f"{symmetric}.{b64(mac)}",
        "its own key in the header": jwt.encode(
            {"alg": "ES256", "jwk": own.as_dict(private=False)}, {**claims, "exp": later}, own
        ),
        "another issuer": jwt.encode(
            {"alg": "ES256", **kid}, {**claims, "iss": issuer + ".evil"}, own
        ),
        "a lifetime of its own": f"{header}.{b64(_json({**claims, 'exp': later}))}.{signature}",
        "garbage": "a.b.c",
        "very long": f"{header}.{'A' * 3000}.{signature}",
    }


def _json(claims: dict[str, Any]) -> bytes:
    return json.dumps(claims).encode()


async def test_no_forged_token_signs_anybody_in_at_any_service(
    commontime: Commontime, account: Account
) -> None:
    keys = (await commontime.client.get("/.well-known/jwks.json")).json()["keys"][0]
    poll = await commontime.opens_a_poll(token=account.token)
    assert (await looks(commontime, poll.path, account.token)).status_code == 200
    for how, token in _forged(account, keys, commontime.url).items():
        for place in (*PLACES.values(), "/participants", "/stream"):
            answer = await looks(commontime, poll.path + place, token)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), how
            assert answer.headers["www-authenticate"].startswith("Bearer")
        for path in ("/api/v1/accounts/me", "/api/v1/events", "/api/v1/webhooks/endpoints"):
            assert (await looks(commontime, path, token)).status_code == 401, how


async def test_a_personal_token_opens_nothing_but_a_session(
    commontime: Commontime, account: Account
) -> None:
    path = "/api/v1/accounts/me/tokens"
    made = await commontime.asks("POST", path, {"name": "script"}, account.token)
    token = made.json()["token"]
    poll = await commontime.opens_a_poll(token=account.token)
    for place in PLACES.values():
        assert (await looks(commontime, poll.path + place, token)).status_code == 401
    session = await commontime.asks("POST", "/api/v1/sessions", None, token)
    access = session.json()["access_token"]
    for place in ("", "/participants", "/recommendations"):
        assert (await looks(commontime, poll.path + place, access)).status_code == 200


INJECTIONS = ["a\r\nX-Injected: 1", "a\nEND:VEVENT\nBEGIN:VEVENT", "a\x00b", "\x1b[2J", "a\u2028b"]


@pytest.mark.parametrize("text", INJECTIONS)
async def test_a_name_or_title_carries_no_line_into_a_header_or_a_calendar(
    commontime: Commontime, text: str
) -> None:
    poll = await commontime.opens_a_poll()
    joined = await commontime.client.post(
        f"{poll.path}/participants",
        json={"name": text},
        headers={"Authorization": f"Bearer {poll.answer}"},
    )
    titled = await commontime.client.post(
        "/api/v1/events", json={"title": text, "starts_at": at(0)}
    )
    for refused in (joined, titled):
        assert refused.status_code == 422
        assert "x-injected" not in refused.headers


async def test_a_description_of_several_lines_stays_one_property_of_the_calendar(
    commontime: Commontime,
) -> None:
    description = "one\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:two; three, four\\n"
    one = await decided(commontime, description=description)
    answer = await looks(commontime, f"{one.poll.path}/event.ics", one.poll.answer)
    lines = answer.content.split(b"\r\n")
    assert lines.count(b"BEGIN:VEVENT") == 1
    assert all(b"\n" not in line and len(line) <= 75 for line in lines)


BOMBS = {
    "every second for ever": "RRULE:FREQ=SECONDLY",
    "every minute till the end of time": "RRULE:FREQ=MINUTELY;UNTIL=99991231T235959Z",
    "all of everything": "RRULE:FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYHOUR="
    + ",".join(map(str, range(24)))
    + ";BYMINUTE="
    + ",".join(map(str, range(60)))
    + ";BYSECOND="
    + ",".join(map(str, range(60))),
}


@pytest.mark.parametrize("bomb", sorted(BOMBS))
async def test_a_calendar_bomb_is_refused_and_nobody_waits_for_it(
    commontime: Commontime, bomb: str
) -> None:
    poll = await commontime.opens_a_poll()
    ann = await commontime.joins(poll)
    calendar = "\r\n".join(
        [
            *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//x//EN", "BEGIN:VEVENT", "UID:1"),
            *("DTSTAMP:20200101T000000Z", "DTSTART:20200101T000000Z", "DURATION:PT1S"),
            *(BOMBS[bomb], "END:VEVENT", "END:VCALENDAR", ""),
        ]
    )
    started = time.monotonic()
    answer = await commontime.client.post(
        f"{ann.path}/schedule/import",
        json={"calendar": calendar},
        headers={"Authorization": f"Bearer {ann.edit}"},
    )
    assert answer.status_code in {200, 422}, answer.text
    assert time.monotonic() - started < 10
    started = time.monotonic()
    assert (await looks(commontime, ann.path, ann.edit)).status_code == 200
    assert time.monotonic() - started < 1
