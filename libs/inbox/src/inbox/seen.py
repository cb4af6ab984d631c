"""The rows that say how far each key has come, and which keys are parked."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from chassis.named_sql import load
from inbox.sources import Connection, Place

_SQL = load("inbox")


async def lock(conn: Connection, places: Collection[Place]) -> tuple[dict[Place, int], set[Place]]:
    """The sequence seen of each place (0 at first), held until the transaction ends; who is parked.

    Always in the same order, so that two batches that meet wait instead of deadlocking.
    """
    parameters = _columns(places)
    async with conn.pipeline():
        await conn.execute(_SQL["introduce"], parameters)
        locked = await conn.execute(_SQL["lock"], parameters)
        parked = await conn.execute(_SQL["parked_among"], parameters)
        return (
            {(source, key): sequence for source, key, sequence in await locked.fetchall()},
            {(source, key) for source, key in await parked.fetchall()},
        )


async def read(conn: Connection, places: Collection[Place]) -> dict[Place, int]:
    """The sequence seen of those places that are known."""
    cursor = await conn.execute(_SQL["read"], _columns(places))
    return {(source, key): sequence for source, key, sequence in await cursor.fetchall()}


async def advance(conn: Connection, sequences: Mapping[Place, int]) -> None:
    if sequences:
        parameters = {**_columns(sequences), "sequences": list(sequences.values())}
        await conn.execute(_SQL["advance"], parameters)


async def park(conn: Connection, place: Place, sequence: int, reason: str) -> None:
    """Hold the place back at `sequence`; again, if it is already."""
    source, key = place
    parameters = {"source": source, "key": key, "sequence": sequence, "reason": reason}
    await conn.execute(_SQL["park"], parameters)


async def parked_sequence(conn: Connection, place: Place) -> int | None:
    """At which sequence the place is held back, if it is."""
    parameters = {"source": place[0], "key": place[1]}
    row = await (await conn.execute(_SQL["parked_sequence"], parameters)).fetchone()
    return None if row is None else row[0]


async def unpark(conn: Connection, places: Collection[Place]) -> None:
    """Let those places go that have got past what held them back."""
    if places:
        await conn.execute(_SQL["unpark"], _columns(places))


async def next_parked(conn: Connection, source: str, limit: int) -> dict[Place, datetime]:
    """The parked places of a source whose turn is longest ago, and when they have this one.

    Whatever comes of it, the others are next.
    """
    cursor = await conn.execute(_SQL["next_parked"], {"source": source, "limit": limit})
    return {(source, key): at for key, at in await cursor.fetchall()}


async def let_go(
    conn: Connection, turns: Mapping[Place, datetime], heads: Mapping[Place, int]
) -> None:
    """Hold none of those back that have got past what did, or whose owner has nothing there.

    `heads` are the last sequences of their owner, asked in their turn. What is held back anew since
    then stays so. For a transaction, since it takes the same locks as who takes facts in.
    """
    await lock(conn, sorted(turns))
    parameters = {
        **_columns(turns),
        "heads": [heads[place] for place in turns],
        "at": list(turns.values()),
    }
    await conn.execute(_SQL["let_go"], parameters)


async def parked_count(conn: Connection) -> int:
    row = await (await conn.execute(_SQL["parked_count"])).fetchone()
    assert row is not None
    return row[0]


def _columns(places: Iterable[Place]) -> dict[str, list[str] | list[int]]:
    ordered = list(places)
    return {"sources": [source for source, _ in ordered], "keys": [key for _, key in ordered]}
