"""A poll as those who watch it are told, rendered once for all of them."""

import re
from dataclasses import dataclass, field

import orjson

from contracts.recommendations import Regret
from recommender.answers import Answer
from recommender.iso import iso_instant
from recommender.known_polls import Poll, microseconds

RECOMMENDATIONS = "recommendations"
_WITH_RESULTS = "poll:with-results"
"""The event `poll` as those get it who may see results."""
FOR_EVERYONE = ("poll", "participants")
"""The values of those to whom results are not shown."""
ALL = (_WITH_RESULTS, "participants", RECOMMENDATIONS)

_ID = re.compile(r"polls=(\d{1,18}),schedules=(\d{1,18})")


@dataclass(frozen=True, order=False, slots=True)
class Sequences:
    """How far the facts of a poll have come."""

    polls: int
    schedules: int

    def reaches(self, other: "Sequences") -> bool:
        return self.polls >= other.polls and self.schedules >= other.schedules

    def __str__(self) -> str:
        return f"polls={self.polls},schedules={self.schedules}"


def sequences_in(event_id: str | None) -> Sequences | None:
    """What a `Last-Event-ID` says; None where it is not one of ours."""
    match = _ID.fullmatch(event_id or "")
    return Sequences(int(match[1]), int(match[2])) if match else None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """`values` are JSON by event, and for whom it is, where that makes a difference."""

    poll: Poll
    sequences: Sequences
    values: dict[str, bytes]
    _rendered: dict[tuple[str, ...], bytes] = field(
        default_factory=dict[tuple[str, ...], bytes], repr=False
    )

    def rendered(self, events: tuple[str, ...]) -> bytes:
        """These events as Server-Sent Events.

        Only the last one has an id: whoever is cut off before it is told everything again.
        """
        if not events:
            return b""
        found = self._rendered.get(events)
        if found is None:
            frames = [b"event: %s\ndata: %s\n" % (_name(e), self.values[e]) for e in events]
            found = b"\n".join(frames) + b"id: %s\n\n" % str(self.sequences).encode()
            self._rendered[events] = found
        return found


def snapshot_of(poll: Poll, answer: Answer, regret: Regret | None) -> Snapshot:
    """From the poll's recommendations without ids, and what its decision is regretted for."""
    sequences = Sequences(answer.sequences["polls"], answer.sequences["schedules"])
    values = {
        "poll": orjson.dumps(_poll(poll, None)),
        _WITH_RESULTS: orjson.dumps(_poll(poll, regret)),
        "participants": orjson.dumps(orjson.loads(answer.body)["participants"]),
        RECOMMENDATIONS: answer.body,
    }
    return Snapshot(poll, sequences, values)


def _name(event: str) -> bytes:
    return event.partition(":")[0].encode()


def _poll(poll: Poll, regret: Regret | None) -> dict[str, object]:
    known, finalised = poll.known, poll.known.finalised
    decided = finalised and finalised.model_dump(mode="json", include={"start", "end", "event_id"})
    deadline = known.details.deadline
    return {
        "poll_id": known.poll_id,
        "version": poll.sequence,
        "state": known.state,
        "deadline": deadline and iso_instant(microseconds(deadline)),
        "finalised": decided,
        "regret": regret and regret.model_dump(mode="json"),
    }
