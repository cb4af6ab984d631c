"""Takes in what others decided. At least once; the inbox drops what was seen before.

However many facts a batch holds, it costs one statement for each kind of row.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.named_sql import load
from contracts.known_poll import KnownPoll, evolve
from contracts.polls import PollErased, PollFact
from contracts.schedules import ParticipantErased, ParticipantProfile, ScheduleFact
from inbox.sources import Received, ReceivedState
from recommender.erasing import erase, erased_among, take_turn
from recommender.feed import announce, announce_erasures
from recommender.rows import NewRows, columns

Connection = AsyncConnection[TupleRow]
_SQL = load("recommender")


async def take_in(conn: Connection, received: Sequence[Received]) -> None:
    """Fold facts into the tables, in the transaction that notes them as seen."""
    standing = await _without_erased(conn, received)
    await _take_in_polls(conn, standing)
    rows = NewRows()
    for entry in standing:
        if isinstance(entry.fact, ScheduleFact):
            rows.add(entry.fact, entry.sequence, entry.envelope.time)
    async with conn.pipeline():
        await _forget(conn, rows.erased, rows.poll_of)
        await _store(conn, rows)
        await announce_erasures(conn, {rows.poll_of[each] for each in rows.erased})


async def take_in_profiles(conn: Connection, received: Sequence[ReceivedState]) -> None:
    """Keep the names, and nothing else, of those who are still there."""
    profiles = [entry.state for entry in received if isinstance(entry.state, ParticipantProfile)]
    erased = [UUID(entry.key) for entry in received if entry.state is None]
    changed: set[UUID] = set()
    if erased:
        cursor = await conn.execute(_SQL["forget_names"], {"participants": erased})
        changed.update(poll for (poll,) in await cursor.fetchall())
        await announce_erasures(conn, changed)
    if profiles := await _of_polls_that_stand(conn, profiles):
        cursor = await conn.execute(
            _SQL["keep_names"],
            {
                "polls": [profile.poll_id for profile in profiles],
                "participants": [profile.participant_id for profile in profiles],
                "names": [profile.name for profile in profiles],
            },
        )
        changed.update(poll for (poll,) in await cursor.fetchall())
    await announce(conn, changed)


async def _without_erased(conn: Connection, received: Sequence[Received]) -> Sequence[Received]:
    """The facts of polls that are there after all of these; the others are forgotten here."""
    facts = [fact for e in received if isinstance(fact := e.fact, PollFact | ScheduleFact)]
    erasing = any(isinstance(fact, PollErased | ParticipantErased) for fact in facts)
    await take_turn(conn, erasing=erasing)
    batch = {fact.poll_id for fact in facts}
    gone = await erased_among(conn, batch)
    if erased := {fact.poll_id for fact in facts if isinstance(fact, PollErased)}:
        await erase(conn, erased, batch)
        await announce_erasures(conn, erased)
    gone |= erased
    if not gone:
        return received
    return [e for e in received if getattr(e.fact, "poll_id", None) not in gone]


async def _of_polls_that_stand(
    conn: Connection, profiles: Sequence[ParticipantProfile]
) -> Sequence[ParticipantProfile]:
    if not profiles:
        return profiles
    await take_turn(conn, erasing=False)
    gone = await erased_among(conn, {profile.poll_id for profile in profiles})
    return [profile for profile in profiles if profile.poll_id not in gone]


async def _take_in_polls(conn: Connection, received: Sequence[Received]) -> None:
    facts = [(entry, entry.fact) for entry in received if isinstance(entry.fact, PollFact)]
    if not facts:
        return
    ids = list({fact.poll_id for _, fact in facts})
    cursor = await conn.execute(_SQL["known_polls"], {"polls": ids})
    known: dict[UUID, KnownPoll | None] = {
        poll_id: KnownPoll.model_validate(document) for poll_id, document in await cursor.fetchall()
    }
    history: dict[str, list[Any]] = {"polls": [], "sequences": [], "at": [], "types": []}
    documents: list[str] = []
    for entry, fact in facts:
        poll = known[fact.poll_id] = evolve(known.get(fact.poll_id), fact)
        if poll is not None:
            history["polls"].append(fact.poll_id)
            history["sequences"].append(entry.sequence)
            history["at"].append(entry.envelope.time)
            history["types"].append(fact.TYPE)
            documents.append(poll.model_dump_json())
    latest = dict(zip(history["polls"], documents, strict=True))
    await conn.execute(_SQL["add_poll_history"], {**history, "documents": documents})
    await conn.execute(
        _SQL["keep_known_polls"], {"polls": list(latest), "documents": list(latest.values())}
    )


async def _forget(conn: Connection, erased: Collection[UUID], poll_of: Mapping[UUID, UUID]) -> None:
    if erased:
        whom = {"participants": list(erased), "polls": list({poll_of[each] for each in erased})}
        for statement in ("standings", "schedules", "edit_links", "profiles"):
            await conn.execute(_SQL[f"forget_{statement}"], whom)


async def _store(conn: Connection, rows: NewRows) -> None:
    poll_of = rows.poll_of
    if links := rows.links:
        await conn.execute(
            _SQL["keep_edit_links"],
            {
                "polls": [poll_of[participant] for participant in links],
                "participants": list(links),
                "hashes": list(links.values()),
            },
        )
    if rows.standings:
        placed, standings = columns(poll_of, rows.standings)
        placed["gone"] = [standing.gone for standing in standings]
        placed["roles"] = [standing.role for standing in standings]
        placed["weights"] = [standing.weight for standing in standings]
        placed["groups"] = [orjson.dumps(standing.groups).decode() for standing in standings]
        await conn.execute(_SQL["add_standings"], placed)
    if rows.schedules:
        placed, placed["packed"] = columns(poll_of, rows.schedules)
        await conn.execute(_SQL["add_schedules"], placed)
