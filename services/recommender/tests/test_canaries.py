"""No answer to anybody holds what is private to others: every route, every audience."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal
from uuid import UUID, uuid4

import orjson
import pytest
import pytest_asyncio

from chassis.access import hash_of
from contracts.polls import GroupRule, Rules, Visibility
from contracts.schedules import ParticipantProfile
from inbox.testing.service import until
from recommender.live.testing import Served, path_of, serving
from recommender.settings import Settings
from recommender.testing import Others, Person, Poll, free, hour, issuer

pytestmark = pytest.mark.asyncio(loop_scope="module")

Names = Literal["everyone", "organiser"]
Results = Literal["everyone", "after_close", "organiser"]
KINDS: tuple[tuple[Names, Results, str], ...] = (
    ("everyone", "everyone", "link"),
    ("organiser", "everyone", "public"),
    ("organiser", "everyone", "invited"),
    ("everyone", "after_close", "public"),
    ("organiser", "organiser", "link"),
)
ORGANISERS = ("organiser", "owner")
AUDIENCES = (*ORGANISERS, "answer", "edit", "guest", "visitor", "stranger")
"""`guest` is an account on the poll's list, `visitor` shows nothing, `stranger` another's link."""
ROUTES: Mapping[str, str] = {
    "recommendations": "/recommendations",
    "of counts": "/recommendations?people=counts",
    "of slots": "/recommendations?format=slots&limit=100&include_unmet=true",
    "of nothing": "/recommendations?min_available=3",
    "of the past": "/recommendations?as_of=polls:1",
    "of a mistake": "/recommendations?ignore=01936d2e-8f00-7000-8000-000000000001&limit=5",
    "of another mistake": "/recommendations?as_of=nonsense",
    "changes": f"/recommendations/changes?start={hour(0)}",
    "heatmap": "/heatmap",
    "heatmap of a mistake": "/heatmap?participants=01936d2e-8f00-7000-8000-000000000001",
    "timeline": "/timeline",
    "what-if": "/recommendations/what-if",
    "stream": "/stream",
}
BODY: Mapping[str, Any] = {"add": [{"name": "Somebody", "intervals": []}], "duration": "PT2H"}
COUNTS_ONLY = ("of counts", "heatmap", "timeline", "stream")


@dataclass
class Watched:
    """A poll, its people, and all that is private to somebody."""

    poll: Poll
    names: Names
    results: Results
    access: str
    ann: Person
    ben: Person
    owner: UUID
    guest: UUID

    @property
    def private(self) -> list[str]:
        """What nobody is told at all."""
        tokens = (self.poll.organiser, self.poll.answer, self.ann.token, self.ben.token)
        accounts = (str(self.owner), str(self.guest))
        return ["canary-mail", "canary-note", *tokens, *map(hash_of, tokens), *accounts]

    def may_look(self, audience: str) -> bool:
        if audience in ("visitor", "stranger"):
            return self.access == "public"
        if audience == "guest":
            return self.access in ("public", "invited")
        return True

    def refused(self, audience: str) -> bool:
        return self.access == "invited" and audience == "answer"

    def sees_results(self, audience: str) -> bool:
        return audience in ORGANISERS or self.results == "everyone"

    def names_hidden_from(self, audience: str) -> list[str]:
        if audience in ORGANISERS or self.names == "everyone":
            return []
        return ["canary-ben"] if audience == "edit" else ["canary-ann", "canary-ben"]

    def headers(self, audience: str) -> dict[str, str]:
        tokens = {
            "organiser": self.poll.organiser,
            "owner": issuer().token(self.owner),
            "answer": self.poll.answer,
            "edit": self.ann.token,
            "guest": issuer().token(self.guest),
            "stranger": Poll().organiser,
        }
        shown = {"Authorization": f"Bearer {tokens[audience]}"} if audience in tokens else {}
        return {**shown, **self.poll.up_to_date}


@dataclass
class Told:
    """`all` of an answer: its status, its headers and its body."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def all(self) -> str:
        return f"{dict(self.headers)} {self.body}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(settings: Settings, they: Others) -> Any:
    async with serving(settings) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def polls(served: Served, they: Others) -> list[Watched]:
    """The organiser has asked everything: whatever can be kept of that is kept."""
    made = [await watched(served, they, *kind) for kind in KINDS]
    for each, route in product(made, ROUTES):
        await told(served, each, "organiser", route)
    return made


async def watched(
    served: Served, they: Others, names: Names, results: Results, access: str
) -> Watched:
    owner, guest = uuid4(), uuid4()
    poll = await they.opened(
        owner=owner,
        access=access,
        invited=(guest,),
        visibility=Visibility(names=names, results=results),
        rules=Rules(groups=(GroupRule(name="leads", at_least=1),)),
    )
    ann = await they.answered(poll, None, free(0, 2), free(4, 6))
    ben = await they.answered(poll, None, free(1, 2.5, "preferred"))
    for person, name in ((ann, "canary-ann"), (ben, "canary-ben")):
        await profiled(they, poll, person, name)
    made = Watched(poll, names, results, access, ann, ben, owner, guest)

    async def named() -> bool:
        body = (await told(served, made, "organiser", "recommendations")).body
        return "canary-ann" in body and "canary-ben" in body

    await until(named)
    return made


async def profiled(they: Others, poll: Poll, person: Person, name: str, version: int = 1) -> None:
    profile = ParticipantProfile(
        version=version,
        poll_id=poll.id,
        participant_id=person.id,
        name=name,
        email=f"canary-mail@{name}.test",
        note=f"canary-note of {name}",
    )
    await they.topics.send_state(str(person.id), profile)


async def told(served: Served, watched: Watched, audience: str, route: str) -> Told:
    headers = watched.headers(audience)
    if route == "stream":
        return await streamed(served, watched, headers)
    path = f"/api/v1/polls/{watched.poll.id}{ROUTES[route]}"
    if route == "what-if":
        answer = await served.client.post(path, json=BODY, headers=headers)
    else:
        answer = await served.client.get(path, headers=headers)
    return Told(answer.status_code, answer.headers, answer.text)


async def streamed(served: Served, watched: Watched, headers: dict[str, str]) -> Told:
    """All that is told at first."""
    path = path_of(watched.poll)
    async with served.client.stream("GET", path, headers=headers) as answer:
        if answer.status_code != 200:
            return Told(answer.status_code, answer.headers, (await answer.aread()).decode())
        lines: list[str] = []
        async with asyncio.timeout(10):
            async for line in answer.aiter_lines():
                lines.append(line)
                if line.startswith("id: "):
                    break
        return Told(200, answer.headers, "\n".join(lines))


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("route", sorted(ROUTES))
async def test_nobody_is_told_what_is_private_to_others(
    served: Served, polls: list[Watched], route: str, audience: str
) -> None:
    for watched in polls:
        for _ in range(2):  # the second time from memory
            answer = await told(served, watched, audience, route)
            context = f"{watched.names} {watched.results} {watched.access}: {answer.all}"
            for canary in (*watched.private, *watched.names_hidden_from(audience)):
                assert canary not in answer.all, context
            assert_shown(watched, audience, route, answer, context)


def assert_shown(watched: Watched, audience: str, route: str, answer: Told, context: str) -> None:
    if not watched.may_look(audience):
        assert answer.status == 404, context
        assert_bare(watched, answer, context)
    elif watched.refused(audience):
        assert answer.status == 403, context
        assert_bare(watched, answer, context)
    elif not watched.sees_results(audience) and route == "stream":
        assert answer.status == 200, context
        assert "event: recommendations" not in answer.body, context
        assert str(watched.ann.id) not in answer.body, context
    elif not watched.sees_results(audience):
        assert answer.status == 403, context
        assert_bare(watched, answer, context)
    else:
        assert answer.status == (422 if "mistake" in route else 200), context
        shows_names = route in ("recommendations", "changes", "of the past")
        if shows_names and watched.names == "everyone":
            assert "canary-ben" in answer.body, context
        if route in COUNTS_ONLY[:2]:
            assert str(watched.ann.id) not in answer.body, context


def assert_bare(watched: Watched, answer: Told, context: str) -> None:
    """Nothing but the problem: no sequence, no digest, no count, nobody's id."""
    allowed = {"type", "title", "status", "detail", "instance", "code", "needs"}
    problem = orjson.loads(answer.body)
    assert set(problem) <= allowed, context
    assert problem["instance"].endswith(str(watched.poll.id)) or str(watched.poll.id) in answer.body
    assert "etag" not in answer.headers, context
    assert "commontime-sequence" not in answer.headers, context
    assert str(watched.ann.id) not in answer.all, context


async def test_a_digest_tells_nothing_of_hidden_names(served: Served, they: Others) -> None:
    watched_ = await watched(served, they, "organiser", "everyone", "link")

    async def etag(audience: str) -> str:
        return (await told(served, watched_, audience, "recommendations")).headers["etag"]

    before = {audience: await etag(audience) for audience in ("organiser", "answer", "edit")}
    await profiled(they, watched_.poll, watched_.ben, "canary-benjamin", version=2)

    async def renamed() -> bool:
        return await etag("organiser") != before["organiser"]

    await until(renamed)
    assert await etag("answer") == before["answer"]
    assert await etag("edit") == before["edit"]


@pytest.mark.parametrize("route", ["recommendations", "heatmap", "timeline"])
async def test_a_digest_that_somebody_else_has_opens_nothing(
    served: Served, they: Others, route: str
) -> None:
    hidden = await watched(served, they, "everyone", "organiser", "link")
    etag = (await told(served, hidden, "organiser", route)).headers["etag"]
    for audience, status in (("edit", 403), ("stranger", 404)):
        headers = {**hidden.headers(audience), "If-None-Match": etag}
        path = f"/api/v1/polls/{hidden.poll.id}{ROUTES[route]}"
        assert (await served.client.get(path, headers=headers)).status_code == status


async def test_names_that_are_hidden_meanwhile_are_shown_no_more(
    served: Served, they: Others
) -> None:
    shown = await watched(served, they, "everyone", "everyone", "link")
    for route in ("recommendations", "changes", "of the past"):
        assert "canary-ben" in (await told(served, shown, "answer", route)).body
    await they.revises(shown.poll, visibility=Visibility(names="organiser"))
    for route in ("recommendations", "changes", "of the past", "what-if"):
        assert "canary" not in (await told(served, shown, "answer", route)).body
