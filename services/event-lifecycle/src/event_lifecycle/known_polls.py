"""What is kept of polls and of participants' links: who may see which event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.named_sql import load
from contracts.fact import Fact
from contracts.known_poll import KnownPoll, evolve
from contracts.polls import PollDetails, PollFinalised
from contracts.schedules import ParticipantErased, ParticipantJoined, ParticipantLinkRotated

TABLES = ("known_polls", "edit_links")
_SQL = load("event_lifecycle")

Connection = AsyncConnection[TupleRow]


@dataclass(frozen=True)
class Followed:
    """A poll as known here; `event_id` once it was finalised for the first time."""

    poll: KnownPoll | None = None
    event_id: UUID | None = None

    def after(self, fact: Fact) -> "Followed":
        event_id = fact.event_id if isinstance(fact, PollFinalised) else self.event_id
        return Followed(evolve(self.poll, fact), event_id)


async def load_polls(connection: Connection, poll_ids: set[UUID]) -> dict[UUID, Followed]:
    """Those of these polls that are known."""
    cursor = await connection.execute(_SQL["known_polls"], {"poll_ids": list(poll_ids)})
    return {
        poll_id: Followed(KnownPoll.model_validate(document), event_id)
        for poll_id, event_id, document in await cursor.fetchall()
    }


async def keep_polls(connection: Connection, followed: Mapping[UUID, Followed]) -> None:
    rows = [
        {
            "poll_id": poll_id,
            "event_id": one.event_id,
            "organiser_hash": one.poll.organiser_hash,
            "answer_hash": one.poll.answer_hash,
            "owner": one.poll.owner,
            **_by_access(one.poll.details),
            "document": orjson.Fragment(one.poll.model_dump_json()),
        }
        for poll_id, one in followed.items()
        if one.poll is not None
    ]
    if rows:
        await connection.execute(_SQL["keep_polls"], {"rows": _json(rows)})


def _by_access(details: PollDetails) -> dict[str, Any]:
    invited = details.access == "invited"
    return {
        "public": details.access == "public",
        "by_link": not invited,
        "invited": [str(account) for account in details.invited] if invited else [],
    }


async def keep_links(connection: Connection, facts: Sequence[Fact]) -> None:
    """Of participants who joined, or have another since; no longer of those who were erased."""
    links: dict[UUID, dict[str, Any]] = {}
    erased: list[dict[str, Any]] = []
    for fact in facts:
        if isinstance(fact, ParticipantJoined | ParticipantLinkRotated):
            link = fact.model_dump(include={"poll_id", "participant_id", "edit_hash"})
            links[fact.participant_id] = link
        elif isinstance(fact, ParticipantErased):
            links.pop(fact.participant_id, None)
            erased.append(fact.model_dump(include={"poll_id", "participant_id"}))
    if links:
        await connection.execute(_SQL["keep_edit_links"], {"rows": _json(list(links.values()))})
    if erased:
        await connection.execute(_SQL["drop_edit_links"], {"rows": _json(erased)})


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
