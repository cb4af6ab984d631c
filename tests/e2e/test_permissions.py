"""Who may do what, asked of the whole system: every operation, with every kind of credential.

Who has nothing to do with a poll is told that there is none; who is too weak is told so.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import pytest_asyncio

from commontime_driver import Account, Commontime, Person, Poll, at, eventually, free
from separate_processes import SeparateProcesses

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORGANISING = frozenset({"organiser", "owner"})
KNOWN = frozenset({"answer", "ben", "ann"}) | ORGANISING
STRANGERS = ("nobody", "stranger", "another poll's organiser", "rotated")


@dataclass(frozen=True)
class Operation:
    """What is asked for, and whom it is granted; `{...}` are the ids of one poll."""

    name: str
    method: str
    path: str
    permitted: frozenset[str]
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def names_its_poll(self) -> bool:
        """Whether the path does; else it is in the body."""
        return "{poll}" in self.path or "{event}" in self.path


ANY_VERSION = {"If-Match": "*"}
POLL = "/api/v1/polls/{poll}"
ANN = POLL + "/participants/{ann}"
EVENT = "/api/v1/events/{event}"
ENDPOINT = {"url": "https://partner.example/hook", "poll_id": "{poll}"}
CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nEND:VCALENDAR\r\n"
SELF = frozenset({"ann"})
JOINING = ORGANISING | {"answer"}

SEEING = [
    Operation("see the poll", "GET", POLL, KNOWN),
    Operation("see who is in", "GET", POLL + "/participants", KNOWN),
    Operation("see a participant", "GET", ANN, KNOWN),
    Operation("see a schedule", "GET", ANN + "/schedule", KNOWN),
    Operation("see all schedules", "GET", POLL + "/schedules", KNOWN),
    Operation("see all cells", "GET", POLL + "/schedules?format=bitset", KNOWN),
    Operation("see recommendations", "GET", POLL + "/recommendations", KNOWN),
    Operation("suppose", "POST", POLL + "/recommendations/what-if", KNOWN, {"duration": "PT2H"}),
    Operation("see changes", "GET", POLL + "/recommendations/changes?start={start}", KNOWN),
    Operation("see the heatmap", "GET", POLL + "/heatmap", KNOWN),
    Operation("see the timeline", "GET", POLL + "/timeline", KNOWN),
    Operation("watch", "GET", POLL + "/stream", KNOWN),
    Operation("see the event", "GET", EVENT, KNOWN),
    Operation("take the event home", "GET", EVENT + ".ics", KNOWN),
    Operation("take the result home", "GET", POLL + "/event.ics", KNOWN),
]
DOING = [
    Operation("join", "POST", POLL + "/participants", JOINING, {"name": "Cat"}),
    Operation("submit", "PUT", ANN + "/schedule", SELF, {"intervals": [free(1, 2)]}),
    Operation("withdraw", "DELETE", ANN + "/schedule", SELF),
    Operation("import", "POST", ANN + "/schedule/import", SELF, {"calendar": CALENDAR}),
    Operation("rename oneself", "PATCH", ANN, SELF, {"name": "Anna"}),
    Operation("set a weight", "PATCH", ANN, ORGANISING, {"weight": 3}),
    Operation("erase a person", "DELETE", ANN, SELF | ORGANISING),
    Operation("renew an edit link", "POST", ANN + "/links/rotate", SELF | ORGANISING, {}),
    Operation("revise", "PATCH", POLL, ORGANISING, {"title": "Retro"}, ANY_VERSION),
    Operation("cancel", "POST", POLL + "/cancel", ORGANISING, {}),
    Operation("reopen", "POST", POLL + "/reopen", ORGANISING, {}),
    Operation("decide", "POST", POLL + "/finalise", ORGANISING, {"start": "{start}"}),
    Operation("renew a link", "POST", POLL + "/links/rotate", ORGANISING, {"which": "answer"}),
    Operation("erase", "DELETE", POLL, ORGANISING, None, ANY_VERSION),
    Operation("see the history", "GET", POLL + "/history", ORGANISING),
    Operation("see the event's history", "GET", EVENT + "/history", ORGANISING),
    Operation("rename the event", "PATCH", EVENT, ORGANISING, {"title": "Retro"}, ANY_VERSION),
    Operation("complete the event", "POST", EVENT + "/complete", ORGANISING, {}),
    Operation("register a webhook", "POST", "/api/v1/webhooks/endpoints", ORGANISING, ENDPOINT),
]


@dataclass(frozen=True)
class Scene:
    """A decided poll of an account, two people who answered, and every credential there is."""

    poll: Poll
    ann: Person
    event_id: str
    tokens: dict[str, str]

    def filled(self, text: str) -> str:
        places = {"poll": self.poll.id, "ann": self.ann.id, "event": self.event_id, "start": at(0)}
        for name, value in places.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def body(self, body: Any) -> Any:
        if isinstance(body, dict):
            items: list[tuple[str, Any]] = list(body.items())  # pyright: ignore[reportUnknownArgumentType]  # JSON
            return {name: self.body(value) for name, value in items}
        return self.filled(body) if isinstance(body, str) else body


@dataclass(frozen=True)
class People:
    """Accounts, made once: a password takes its time."""

    owner: Account
    guest: Account
    stranger: Account


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def commontime(separate: SeparateProcesses) -> AsyncGenerator[Commontime]:
    async with Commontime(separate.url, separate.admin_token) as driver:
        yield driver


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(commontime: Commontime) -> People:
    return People(*[await commontime.registers() for _ in range(3)])


async def scene(commontime: Commontime, people: People, access: str = "link") -> Scene:
    other = await commontime.opens_a_poll()
    poll = await commontime.opens_a_poll(
        token=people.owner.token, access=access, invited=[people.guest.id]
    )
    rotated = poll.answer
    await commontime.rotates(poll, "answer")
    ann = await commontime.joins(poll, "Ann", token=poll.organiser)
    ben = await commontime.joins(poll, "Ben", token=poll.organiser)
    for person in (ann, ben):
        await commontime.submits(person, free(0, 3))
    event_id = (await commontime.finalises(poll, at(0)))["event_id"]
    await eventually(
        lambda: commontime.sees_event(event_id, ann.edit), lambda event: event is not None
    )
    tokens = {
        "nobody": "",
        "stranger": people.stranger.token,
        "another poll's organiser": other.organiser,
        "rotated": rotated,
        "answer": poll.answer,
        "guest": people.guest.token,
        "ben": ben.edit,
        "ann": ann.edit,
        "organiser": poll.organiser,
        "owner": people.owner.token,
    }
    return Scene(poll, ann, event_id, tokens)


async def answer_to(
    commontime: Commontime, scene: Scene, operation: Operation, who: str
) -> httpx.Response:
    token = scene.tokens[who]
    credential = {"Authorization": f"Bearer {token}"} if token else {}
    request = commontime.client.build_request(
        operation.method,
        scene.filled(operation.path),
        json=scene.body(operation.body),
        headers={**operation.headers, **credential, **scene.poll.least},
    )
    answer = await commontime.client.send(request, stream=True)
    if not answer.headers.get("content-type", "").startswith("text/event-stream"):
        await answer.aread()
    await answer.aclose()
    return answer


async def verdict(commontime: Commontime, scene: Scene, operation: Operation, who: str) -> str:
    answer = await answer_to(commontime, scene, operation, who)
    refusals = {401: "unauthenticated", 403: "forbidden", 404: "hidden"}
    if answer.is_success:
        return "permitted"
    return refusals.get(answer.status_code) or f"{answer.status_code} {answer.text}"


@pytest.mark.parametrize("operation", [*SEEING, *DOING], ids=lambda one: one.name)
async def test_what_a_poll_by_link_grants_to_whom(
    commontime: Commontime, people: People, operation: Operation
) -> None:
    one = await scene(commontime, people)
    # Where the path names no poll, who shows nothing is asked to show something.
    strangers = STRANGERS if operation.names_its_poll else STRANGERS[1:]
    expected = {who: "hidden" for who in (*strangers, "guest")}
    expected |= {who: "forbidden" for who in KNOWN - operation.permitted}
    seen = {who: await verdict(commontime, one, operation, who) for who in expected}
    assert seen == expected
    for who in sorted(operation.permitted):
        fresh = one if operation in SEEING else await scene(commontime, people)
        assert await verdict(commontime, fresh, operation, who) == "permitted", who


@pytest.mark.parametrize("operation", SEEING, ids=lambda one: one.name)
async def test_a_public_poll_is_seen_by_anybody(
    commontime: Commontime, people: People, operation: Operation
) -> None:
    one = await scene(commontime, people, "public")
    everybody = dict.fromkeys(one.tokens, "permitted")
    assert {who: await verdict(commontime, one, operation, who) for who in everybody} == everybody


@pytest.mark.parametrize(
    "operation", [one for one in DOING if one.names_its_poll], ids=lambda one: one.name
)
async def test_a_public_poll_lets_anybody_join_and_do_no_more(
    commontime: Commontime, people: People, operation: Operation
) -> None:
    one = await scene(commontime, people, "public")
    joins = operation.name == "join"
    expected = dict.fromkeys((*STRANGERS, "guest"), "permitted" if joins else "forbidden")
    assert {who: await verdict(commontime, one, operation, who) for who in expected} == expected


@pytest.mark.parametrize("operation", [*SEEING, DOING[0]], ids=lambda one: one.name)
async def test_an_invited_poll_is_for_its_guests_and_the_answer_link_is_not_enough(
    commontime: Commontime, people: People, operation: Operation
) -> None:
    one = await scene(commontime, people, "invited")
    joins = operation.name == "join"
    expected = dict.fromkeys(STRANGERS, "hidden") | {
        "answer": "forbidden",
        "guest": "permitted",
        "ben": "forbidden" if joins else "permitted",
        "organiser": "permitted",
        "owner": "permitted",
    }
    assert {who: await verdict(commontime, one, operation, who) for who in expected} == expected
