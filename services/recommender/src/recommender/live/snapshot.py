"""A poll as those who watch it are told, rendered once for all of them."""

import re
from dataclasses import dataclass, field

import orjson

from recommender.answers import Answer
from recommender.iso import iso_instant
from recommender.known_polls import Poll, microseconds

RECOMMENDATIONS = "recommendations"
FOR_EVERYONE = ("poll", "participants")
"""The events of those to whom results are not shown."""
ALL = (*FOR_EVERYONE, RECOMMENDATIONS)

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
    """`values` are JSON by event."""

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
            frames = [b"event: %s\ndata: %s\n" % (e.encode(), self.values[e]) for e in events]
            found = b"\n".join(frames) + b"id: %s\n\n" % str(self.sequences).encode()
            self._rendered[events] = found
        return found


def snapshot_of(poll: Poll, answer: Answer) -> Snapshot:
    """From the poll's recommendations without ids."""
    sequences = Sequences(answer.sequences["polls"], answer.sequences["schedules"])
    values = {
        "poll": orjson.dumps(_poll(poll)),
        "participants": orjson.dumps(orjson.loads(answer.body)["participants"]),
        RECOMMENDATIONS: answer.body,
    }
    return Snapshot(poll, sequences, values)


def _poll(poll: Poll) -> dict[str, object]:
    known, finalised = poll.known, poll.known.finalised
    decided = finalised and finalised.model_dump(mode="json", include={"start", "end", "event_id"})
    deadline = known.details.deadline
    return {
        "poll_id": known.poll_id,
        "version": poll.sequence,
        "state": known.state,
        "deadline": deadline and iso_instant(microseconds(deadline)),
        "finalised": decided,
    }
