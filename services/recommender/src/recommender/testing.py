"""For tests: the service as its callers meet it, with owners of a few lines beside a real Kafka."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal
from uuid import UUID, uuid4

import orjson
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from chassis.access import hash_of, mint
from chassis.testing import TokenIssuer
from contracts.envelope import Envelope
from contracts.fact import Fact, Span
from contracts.polls import (
    Basis,
    PollDetails,
    PollErased,
    PollFact,
    PollFinalised,
    PollLinkRotated,
    PollOpened,
    PollOwnerChanged,
    PollRevised,
)
from contracts.schedules import (
    FreeInterval,
    ParticipantErased,
    ParticipantJoined,
    ParticipantLinkRotated,
    ParticipantProfile,
    ParticipantRevised,
    Preference,
    Role,
    ScheduleSubmitted,
    ScheduleWithdrawn,
)
from contracts.topics import POLLS, SCHEDULES
from inbox.testing.messages import Topics
from inbox.testing.owner import TOKEN, Owner, envelope_of
from recommender.main import create_app
from recommender.service import Service
from recommender.settings import Settings

START = datetime(2027, 3, 1, 9, tzinfo=UTC)
WINDOW = Span(start=START, end=START + timedelta(hours=9))
LATER = timedelta(days=365 * 40)
"""After which nothing is over yet, whenever the tests run."""
AT = datetime(2027, 2, 1, tzinfo=UTC)


@dataclass
class Person:
    id: UUID
    token: str


@dataclass
class Poll:
    """A poll with its capabilities, and how many facts there are about it."""

    id: UUID = field(default_factory=uuid4)
    organiser: str = field(default_factory=lambda: mint("organiser"))
    answer: str = field(default_factory=lambda: mint("answer"))
    polls: int = 0
    schedules: int = 0

    @property
    def up_to_date(self) -> dict[str, str]:
        return {"Commontime-Min-Sequence": f"polls={self.polls}, schedules={self.schedules}"}


@dataclass
class Others:
    """What poll-api and availability decide, and that they send it."""

    poll_api: Owner
    availability: Owner
    topics: Topics
    sends: bool = True
    stored_at: datetime = AT - timedelta(days=365)

    def stores_at(self, instant: datetime) -> None:
        """What is decided from now on counts as stored at that time."""
        self.stored_at = instant

    async def opened(self, **details: Any) -> Poll:
        """By nobody in particular unless an account is told as the `owner`."""
        poll, owner = Poll(), details.pop("owner", None)
        await self.decides(
            poll,
            PollOpened(
                poll_id=poll.id,
                details=details_of(**details),
                organiser_hash=hash_of(poll.organiser),
                answer_hash=hash_of(poll.answer),
                opened_at=AT,
                owner=owner,
            ),
        )
        return poll

    async def revises(self, poll: Poll, **details: Any) -> None:
        fact = PollRevised(poll_id=poll.id, details=details_of(**details), revised_at=AT)
        await self.decides(poll, fact)

    async def rotates(self, poll: Poll, which: Literal["organiser", "answer"]) -> str:
        """Return the capability that opens nothing from now on; the poll has the new one."""
        old, new = getattr(poll, which), mint(which)
        setattr(poll, which, new)
        await self.decides(
            poll,
            PollLinkRotated(poll_id=poll.id, which=which, token_hash=hash_of(new), rotated_at=AT),
        )
        return old

    async def rotates_link_of(self, poll: Poll, person: Person) -> str:
        """Likewise, of a participant."""
        old, person.token = person.token, mint("edit")
        about = _about(poll, person)
        fact = ParticipantLinkRotated(**about, edit_hash=hash_of(person.token), rotated_at=AT)
        await self.decides(poll, fact)
        return old

    async def finalises(self, poll: Poll, start: datetime) -> None:
        fact = PollFinalised(
            poll_id=poll.id,
            start=start,
            end=start + timedelta(hours=1),
            event_id=uuid4(),
            basis=Basis(polls=poll.polls, schedules=poll.schedules),
            finalised_at=AT,
        )
        await self.decides(poll, fact)

    async def hands_over(self, poll: Poll, owner: UUID | None) -> None:
        await self.decides(poll, PollOwnerChanged(poll_id=poll.id, owner=owner, changed_at=AT))

    async def erases_poll(self, poll: Poll) -> None:
        """Its texts are redacted where they are stored, and everybody's profile goes."""
        stored = self.poll_api.facts
        stored[str(poll.id)] = [_redacted(envelope) for envelope in stored[str(poll.id)]]
        await self.decides(poll, PollErased(poll_id=poll.id, erased_at=AT))
        for key, profile in list(self.availability.states.items()):
            if isinstance(profile, ParticipantProfile) and profile.poll_id == poll.id:
                self.availability.states[key] = None
                await self.topics.send_state(key, None)

    async def joined(self, poll: Poll, name: str | None = None, id_: UUID | None = None) -> Person:
        person = Person(id_ or uuid4(), mint("edit"))
        await self.decides(
            poll,
            ParticipantJoined(
                **_about(poll, person), edit_hash=hash_of(person.token), joined_at=AT
            ),
        )
        if name is not None:
            await self.names(poll, person, name)
        return person

    async def answered(
        self, poll: Poll, name: str | None = None, *intervals: FreeInterval
    ) -> Person:
        person = await self.joined(poll, name)
        await self.submits(poll, person, *intervals)
        return person

    async def submits(self, poll: Poll, person: Person, *intervals: FreeInterval) -> None:
        fact = ScheduleSubmitted(**_about(poll, person), intervals=intervals, submitted_at=AT)
        await self.decides(poll, fact)

    async def withdraws(self, poll: Poll, person: Person) -> None:
        await self.decides(poll, ScheduleWithdrawn(**_about(poll, person), withdrawn_at=AT))

    async def weighs(
        self,
        poll: Poll,
        person: Person,
        weight: int,
        *,
        role: Role = "optional",
        groups: tuple[str, ...] = (),
    ) -> None:
        about = _about(poll, person)
        await self.decides(
            poll,
            ParticipantRevised(**about, role=role, weight=weight, groups=groups, revised_at=AT),
        )

    async def erases(self, poll: Poll, person: Person, *, tombstone: bool = True) -> None:
        await self.decides(poll, ParticipantErased(**_about(poll, person), erased_at=AT))
        if tombstone:
            self.availability.states[str(person.id)] = None
            await self.topics.send_state(str(person.id), None)

    async def names(self, poll: Poll, person: Person, name: str, version: int = 1) -> None:
        profile = ParticipantProfile(
            version=version, poll_id=poll.id, participant_id=person.id, name=name
        )
        self.availability.states[str(person.id)] = profile
        await self.topics.send_state(str(person.id), profile)

    async def decides(self, poll: Poll, fact: Fact) -> None:
        """A fact that is in its owner's store, and on Kafka as long as they send."""
        about_poll = isinstance(fact, PollFact)
        if about_poll:
            poll.polls += 1
        else:
            poll.schedules += 1
        sequence = poll.polls if about_poll else poll.schedules
        envelope = replace(envelope_of(str(poll.id), sequence, fact), time=self.stored_at)
        owner = self.poll_api if about_poll else self.availability
        owner.facts[str(poll.id)].append(envelope)
        if self.sends:
            await self.send(envelope)

    async def send(self, envelope: Envelope) -> None:
        topic = POLLS if envelope.type.startswith("commontime.poll.") else SCHEDULES
        await self.topics.send_raw(
            envelope.data, key=envelope.key.encode(), headers=envelope.headers(), topic=topic
        )


@dataclass
class Recommender:
    """Verbs for what people do with the service."""

    client: AsyncClient
    service: Service

    async def asked(
        self,
        poll: Poll,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        **query: str | int | list[str],
    ) -> Response:
        """As the organiser unless told otherwise, and never behind."""
        return await self._get(poll, "recommendations", token, headers, query)

    async def timeline(
        self,
        poll: Poll,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        **query: str | int | list[str],
    ) -> Response:
        """Likewise."""
        return await self._get(poll, "timeline", token, headers, query)

    async def heatmap(
        self,
        poll: Poll,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        **query: str | int | list[str],
    ) -> Response:
        """Likewise."""
        return await self._get(poll, "heatmap", token, headers, query)

    async def supposing(
        self,
        poll: Poll,
        supposition: dict[str, Any],
        token: str | None = None,
        **query: str | int | list[str],
    ) -> Response:
        """What the recommendations would be: as the organiser unless told otherwise."""
        return await self.client.post(
            f"/api/v1/polls/{poll.id}/recommendations/what-if",
            json=supposition,
            params=query,
            headers={"Authorization": f"Bearer {token or poll.organiser}", **poll.up_to_date},
        )

    async def _get(
        self,
        poll: Poll,
        what: str,
        token: str | None,
        headers: dict[str, str] | None,
        query: Mapping[str, str | int | list[str]],
    ) -> Response:
        return await self.client.get(
            f"/api/v1/polls/{poll.id}/{what}",
            params=query,
            headers={
                "Authorization": f"Bearer {token or poll.organiser}",
                **poll.up_to_date,
                **(headers or {}),
            },
        )


def details_of(**details: Any) -> PollDetails:
    plan: dict[str, Any] = {
        "title": "Planning",
        "timezone": "UTC",
        "window": WINDOW,
        "slots": (details.get("window", WINDOW),),
        "duration": timedelta(hours=1),
        **details,
    }
    return PollDetails(**plan)


def free(start: float, end: float, preference: Preference = "available") -> FreeInterval:
    """An interval in hours of the window."""
    return FreeInterval(
        start=START + timedelta(hours=start),
        end=START + timedelta(hours=end),
        preference=preference,
    )


def free_later(start: float, end: float) -> FreeInterval:
    return FreeInterval(
        start=START + LATER + timedelta(hours=start), end=START + LATER + timedelta(hours=end)
    )


def later_window() -> Span:
    """The window in which times are `free_later`."""
    return Span(start=WINDOW.start + LATER, end=WINDOW.end + LATER)


def hour(hours: float) -> str:
    """An hour of the window, as answers have it."""
    return (START + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


def settings_of(
    database: str, bootstrap: str, prefix: str, poll_api: Owner, availability: Owner, **more: Any
) -> Settings:
    return Settings.model_validate(
        {
            "database_url": database,
            "kafka_bootstrap_servers": bootstrap,
            "kafka_topic_prefix": prefix,
            "instance_id": "one",
            "service_token": TOKEN,
            "public_url": "http://commontime.test",
            "poll_api_url": poll_api.url,
            "availability_url": availability.url,
            **more,
        }
    )


@cache
def issuer() -> TokenIssuer:
    """Whose access tokens are good here."""
    return TokenIssuer()


def app_of(settings: Settings) -> FastAPI:
    app = create_app(settings)
    app.state.access_tokens = issuer().access_tokens
    return app


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Recommender]:
    app = app_of(settings)
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://recommender") as client:
            yield Recommender(client, app.state.service)


@asynccontextmanager
async def others(
    bootstrap: str, prefix: str, poll_api: Owner, availability: Owner
) -> AsyncGenerator[Others]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=0)
    await producer.start()
    try:
        yield Others(poll_api, availability, Topics(producer, bootstrap, prefix))
    finally:
        await producer.stop()


def _about(poll: Poll, person: Person) -> dict[str, Any]:
    return {"poll_id": poll.id, "participant_id": person.id, "polls_sequence": poll.polls}


def _redacted(envelope: Envelope) -> Envelope:
    fact = orjson.loads(envelope.data)
    if "details" in fact:
        fact["details"]["title"] = ""
    return replace(envelope, data=orjson.dumps(fact))
