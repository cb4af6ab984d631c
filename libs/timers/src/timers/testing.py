"""For owners' tests: whether their claim stays fast however many timers there are."""

from collections.abc import Iterator
from typing import Any, TypeAlias, cast

from eventstore.dedicated import dedicated_connection

Plan: TypeAlias = dict[str, Any]


async def plan_of(url: str, claim: bytes) -> Plan:
    """How PostgreSQL carries out a claim in a `TimerLoop`, as of `explain (format json)`."""
    claim = claim.replace(b"%(watermark)s", b"$1").replace(b"%(limit)s", b"$2")
    claim = claim.replace(b"%(traceparent)s", b"$3")
    prepare = b"prepare claim (timestamptz, int, text) as " + claim
    async with dedicated_connection(url, "plan") as connection:
        await connection.execute(prepare, prepare=False)
        explain = b"explain (format json) execute claim ('-infinity', 1000, '')"
        row = await (await connection.execute(explain, prepare=False)).fetchone()
        assert row is not None
        return row[0][0]["Plan"]


def read_from_end_to_end(plan: Plan) -> set[str]:
    """The tables."""
    return {node["Relation Name"] for node in _nodes(plan) if node["Node Type"] == "Seq Scan"}


def read_for_each_row(plan: Plan) -> list[str]:
    """What is read whole for every row of something else, because no index leads into it."""
    inner = (node for node in _nodes(plan) if node.get("Parent Relationship") == "Inner")
    return [node["CTE Name"] for node in inner if node["Node Type"] == "CTE Scan"]


def _nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in cast("list[Plan]", plan.get("Plans", [])):
        yield from _nodes(child)
