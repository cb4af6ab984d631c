"""Reads what has changed, exactly: whatever began when, and whoever committed last.

The cursor is the lowest transaction that was unfinished when somebody looked: what was not visible
then is of that one or of a later one.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from chassis.access import Credential
from chassis.named_sql import load
from event_lifecycle.event_row import Row
from eventstore.dedicated import Connection

MOST = 2_000
"""So many changes are read at a time; where there are more, reading the list costs less."""
_SQL = load("event_lifecycle.live")

Seers: TypeAlias = Mapping[str | None, Collection[UUID]]
"""The polls that this caller may see, by `Credential.scope`; under None those everybody may."""


@dataclass(frozen=True)
class Look:
    """`rows` is None where too much has changed; `snapshot` is what the next look starts from."""

    snapshot: str
    cursor: int
    rows: Sequence[Row] | None


@dataclass(frozen=True)
class Recent:
    """All changes from the cursor `since` on."""

    since: int
    rows: Sequence[Row]


async def look(connection: Connection, before: str | None) -> Look:
    """What has changed since the snapshot `before`; without one, how things stand."""
    found = await _fetch(connection, "changes", before=before, limit=MOST + 1)
    snapshot, cursor, event_id = found[0][:3]
    rows = [Row(*columns) for _, _, *columns in found] if event_id is not None else []
    return Look(snapshot, int(cursor), rows if len(rows) <= MOST else None)


async def read_recent(connection: Connection, since: int) -> Recent:
    """As far back as the cursor `since`, or as `MOST` changes reach."""
    found = await _fetch(connection, "recent", since=str(since), limit=MOST + 1)
    if len(found) > MOST:
        # Of the transaction that the last one is from there may be more.
        since = int(found[-1][0]) + 1
    rows = [Row(*columns) for changed, *columns in found if int(changed) >= since]
    return Recent(since, rows)


async def read_seers(
    connection: Connection, polls: Collection[UUID], callers: Collection[Credential]
) -> Seers:
    """For all polls and all callers at once."""
    seers: defaultdict[str | None, set[UUID]] = defaultdict(set)
    if polls:
        accounts = {one.account_id for one in callers if one.account_id}
        hashes = {one.token_hash for one in callers if one.token_hash and not one.account_id}
        found = await _fetch(
            connection, "seers", polls=list(polls), hashes=list(hashes), accounts=list(accounts)
        )
        for poll_id, caller in found:
            seers[caller].add(poll_id)
    return seers


async def _fetch(connection: Connection, statement: str, **parameters: Any) -> list[Any]:
    cursor = await connection.execute(_SQL[statement], parameters)
    return await cursor.fetchall()
