"""Small histories written by hand: what checks are tried on."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chaos.broker import Held
from chaos.checker.history import History, StoredFact
from chaos.checker.order import TOPIC_OF

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
POLL, ANN, BEN, EVENT = "poll-1", "ann", "ben", "event-1"


def at(minutes: float) -> str:
    return (NOON + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


class Told:
    """Tells facts one after the other; versions and sequences count by themselves."""

    def __init__(self) -> None:
        self.facts: list[StoredFact] = []

    def that(self, service: str, type_: str, key: str, minutes: float = 0, **data: Any) -> "Told":
        stream = f"{service} {data.get('participant_id', key)}"
        if service == "poll-api":
            stream = f"poll-{key}"
        mine = [fact for fact in self.facts if fact.service == service]
        fact = StoredFact(
            service,
            len(mine) + 1,
            stream,
            sum(fact.stream == stream for fact in mine) + 1,
            key,
            sum(fact.key == key for fact in mine) + 1,
            f"{service}-{len(mine)}",
            type_,
            data,
            NOON + timedelta(minutes=minutes),
        )
        self.facts.append(fact)
        return self

    def poll(self, type_: str, minutes: float = 0, **data: Any) -> "Told":
        return self.that("poll-api", f"poll.{type_}", POLL, minutes, **data)

    def opened(self, deadline: str | None = None) -> "Told":
        details = {
            "title": "Planning",
            "deadline": deadline,
            "duration": "PT1H",
            "window": {"start": at(0), "end": at(300)},
        }
        return self.poll("opened", details=details)

    def person(self, type_: str, who: str = ANN, minutes: float = 1, **data: Any) -> "Told":
        taken = f"{type_.rpartition('.')[2]}_at"
        told = {"participant_id": who, "polls_sequence": 1, taken: at(minutes), **data}
        return self.that("availability", type_, POLL, minutes, **told)

    def event(self, type_: str, minutes: float = 0, **data: Any) -> "Told":
        return self.that("event-lifecycle", f"event.{type_}", EVENT, minutes, **data)

    def scheduled(self, due: float | None = 1) -> "Told":
        details = {"title": "Release", "due_at": None if due is None else at(due)}
        return self.event("scheduled", details=details)

    @property
    def history(self) -> History:
        return History(self.facts)


def free(start: float, end: float) -> Mapping[str, str]:
    return {"start": at(start), "end": at(end), "preference": "available"}


def sent(facts: Sequence[StoredFact]) -> list[Held]:
    """The facts as they lie in their topics, in this order."""
    return [
        Held(
            (TOPIC_OF[fact.service], 0, offset),
            fact.key.encode(),
            b"{}",
            {
                "ce_partitionkey": fact.key.encode(),
                "ce_sequence": str(fact.sequence).encode(),
                "ce_id": fact.id.encode(),
            },
        )
        for offset, fact in enumerate(facts)
    ]
