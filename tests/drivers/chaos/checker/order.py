"""I3: versions and sequences without holes, the same order in Kafka. I5: facts do not change."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from chaos.broker import Held, Place
from chaos.checker.history import History

TOPIC_OF = {
    "poll-api": "commontime.polls",
    "availability": "commontime.schedules",
    "event-lifecycle": "commontime.lifecycle",
}


@dataclass(frozen=True)
class Sent:
    """What the topics hold; `ours` was produced by hand, `lost` never reached them."""

    messages: Collection[Held]
    ours: Collection[Place] = ()
    lost: Collection[tuple[str, int]] = ()


def check_stored_order(history: History) -> Iterator[str]:
    """I3, in the stores."""
    for (service, stream), facts in history.by(lambda f: (f.service, f.stream)).items():
        if sorted(fact.version for fact in facts) != list(range(1, len(facts) + 1)):
            yield f"I3: the versions of {stream} in {service} are not 1 to {len(facts)}"
    for (service, key), facts in history.by(lambda f: (f.service, f.key)).items():
        if sorted(fact.sequence for fact in facts) != list(range(1, len(facts) + 1)):
            yield f"I3: the sequences of {key} in {service} are not 1 to {len(facts)}"


def check_sent_order(history: History, sent: Sent) -> Iterator[str]:
    """I3, in the topics: once duplicates are dropped, keys go 1, 2, 3; and every fact is there."""
    lost_keys = {(f.service, f.key) for f in history.facts if (f.service, f.position) in sent.lost}
    for service, topic in TOPIC_OF.items():
        first: dict[str, list[int]] = {}
        for message in _theirs(sent, topic):
            seen = first.setdefault(message.headers["ce_partitionkey"].decode(), [])
            if message.sequence not in seen:
                seen.append(message.sequence)
        for (owner, key), facts in history.by(lambda f: (f.service, f.key)).items():
            if owner != service or (owner, key) in lost_keys:
                continue
            got = first.get(key, [])
            if len(got) != len(facts):
                yield f"I3: {topic} has {len(got)} of the {len(facts)} facts of {key}"
            elif got != sorted(got):
                yield f"I3: {topic} has the facts of {key} in the order {got}"


def check_unchanged(
    history: History, seen: Mapping[tuple[str, str], int], sent: Sent
) -> Iterator[str]:
    """I5: what was seen while the crowd was at work, or was sent, is what is stored now."""
    redacted = {fact.key for fact in history.of("poll.erased")}
    stored = {(fact.service, fact.id): fact for fact in history.facts}
    for (service, id_), digest in seen.items():
        fact = stored.get((service, id_))
        if fact is None:
            yield f"I5: fact {id_} was in {service} and is not any more"
        elif fact.digest != digest and not _may_change(history, fact.key, fact.data, redacted):
            yield f"I5: fact {id_} ({fact.type}) in {service} is not what it was"
    ids = {fact.id for fact in history.facts}
    for topic in TOPIC_OF.values():
        for message in _theirs(sent, topic):
            id_ = message.headers["ce_id"].decode()
            if id_ not in ids:
                yield f"I5: {topic} has a fact {id_} that is not stored"


def _may_change(
    history: History, key: str, data: Mapping[str, object], redacted: Collection[str]
) -> bool:
    """Erasing a poll or a person redacts; the event of an erased poll goes with it."""
    return (
        key in redacted
        or str(data.get("poll_id")) in redacted
        or str(data.get("participant_id")) in history.erased_people
        or (key in history.events and str(history.events[key].poll) in redacted)
    )


def _theirs(sent: Sent, topic: str) -> Iterable[Held]:
    return (m for m in sent.messages if m.place[0] == topic and m.place not in sent.ours)
