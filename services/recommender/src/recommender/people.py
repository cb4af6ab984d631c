"""From rows to people. What somebody counts for and when they can come are stored apart.

The two are put together here and not by a join: with statistics older than a large poll, PostgreSQL
compares everybody with everybody.
"""

from collections.abc import Callable, Sequence
from typing import Any

from recommender.ranking.index import Person

Row = Sequence[Any]
"""A participant's id, gone, weight, role, groups, whether it is of a schedule, the schedule."""


def nobody(_: str) -> None:
    """Who is known already where people are read from the beginning."""


def people_in(
    rows: Sequence[Row], known: Callable[[str], Person | None] = nobody
) -> dict[str, Person | None]:
    """By id, everybody with a row as they are by it, None for those who have gone.

    Of whoever has one of the two rows only, the other half is as it is `known`.
    """
    people: dict[str, Person | None] = {}
    for id_, gone, weight, role, groups, of_schedule, _ in rows:
        if not of_schedule:
            before = known(id_)
            packed = before.schedule if before else None
            people[id_] = None if gone else person_of((id_, weight, role, groups, packed))
    for id_, *_, of_schedule, packed in rows:
        person = people[id_] if id_ in people else known(id_)
        if of_schedule and person is not None:
            people[id_] = person._replace(schedule=packed)
    return people


def person_of(row: Row) -> Person:
    """From a participant's id, weight, role, groups and packed schedule."""
    id_, weight, role, groups, packed = row
    return Person(id_, weight, packed, role == "required", tuple(groups))
