"""I13: everything is told at least once, under one id, signed. I14: calendars only go forward."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from chaos.checker.history import History
from chaos.receiver import Told

TYPES = {
    "event.scheduled": "event.created",
    "event.revised": "event.updated",
    "event.rescheduled": "event.rescheduled",
    "event.completed": "event.completed",
    "event.cancelled": "event.cancelled",
}
Message = tuple[str, str, int]
"""Type, subject, sequence."""


def check_told(
    history: History, told: Sequence[Told], dead: Collection[Message], before: Collection[str]
) -> Iterator[str]:
    """`dead` are the dead letters that the API shows, `before` were facts when nobody listened."""
    ids: defaultdict[Message, set[str]] = defaultdict(set)
    bodies: defaultdict[str, set[bytes]] = defaultdict(set)
    for one in told:
        if not one.verified:
            yield f"I13: the signature of {one.id} does not verify"
        ids[message_of(one.body)].add(one.id)
        bodies[one.id].add(one.body)
    for message, names in ids.items():
        if len(names) > 1:
            yield f"I13: {message} was told under {sorted(names)}"
    for name, told_bodies in bodies.items():
        if len(told_bodies) > 1 and not _is_redacted(message_of(min(told_bodies)), history):
            yield f"I13: {name} has {len(told_bodies)} bodies"
    for fact in history.facts:
        message = (TYPES.get(fact.type, ""), fact.key, fact.sequence)
        if fact.type in TYPES and fact.id not in before and message not in {*ids, *dead}:
            yield f"I13: nobody was told {message}, and no dead letter says so"


def _is_redacted(message: Message, history: History) -> bool:
    """An erasure between two attempts takes the texts of its poll out of the second."""
    _, subject, _ = message
    event = history.events.get(subject)
    return (event.poll if event else subject) in history.erased_polls


def message_of(body: bytes) -> Message:
    said = json.loads(body)
    return said["type"], said["data"]["id"], said["sequence"]


def check_calendars(seen: Mapping[str, Sequence[tuple[str, int]]]) -> Iterator[str]:
    """I14: of each event the UID and SEQUENCE, in the order in which they were read."""
    for event_id, read in seen.items():
        if len({uid for uid, _ in read}) > 1:
            yield f"I14: the UID of {event_id} changed"
        numbers = [number for _, number in read]
        if numbers != sorted(numbers):
            yield f"I14: SEQUENCE of {event_id} went {numbers}"
