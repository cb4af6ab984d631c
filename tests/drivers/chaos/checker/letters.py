"""I15: a poison message becomes a dead letter and holds back nothing but its own key."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from chaos.broker import Held, Place
from chaos.checker.history import History

READERS = {
    "commontime.polls": ("availability", "recommender", "event-lifecycle"),
    "commontime.schedules": ("poll-api", "recommender", "event-lifecycle"),
}


def check_dead_letters(messages: Collection[Held], poison: Collection[Place]) -> Iterator[str]:
    """Each poison message is a dead letter of each group that reads its topic."""
    letters = {
        (message.place[0], message.headers.get("dead-letter-place", b"").decode())
        for message in messages
        if message.place[0].endswith(".dead-letter")
    }
    for topic, partition, offset in sorted(poison):
        for group in READERS[topic]:
            place = f"{topic}/{partition}@{offset}"
            if (f"{group}.dead-letter", place) not in letters:
                yield f"I15: {group} has no dead letter of {place}"


def check_refused(messages: Collection[Held], history: History) -> Iterator[str]:
    """No fact that its owner has is a dead letter, not even of those who took it in later."""
    facts = {fact.id: fact for fact in history.facts}
    for message in messages:
        if not message.place[0].endswith(".dead-letter"):
            continue
        fact = facts.get(message.headers.get("ce_id", b"").decode())
        if fact is not None:
            group = message.place[0].removesuffix(".dead-letter")
            why = message.headers.get("dead-letter-reason", b"").decode()
            yield f"I15: {group} refused {fact.type} {fact.key} {fact.sequence}: {why}"


def check_parked(
    parked: Mapping[tuple[str, str, str], int], heads: Mapping[tuple[str, str], int]
) -> Iterator[str]:
    """`parked`: (consumer, source, key) to the sequence it waits for; `heads` are the owners'."""
    for (consumer, source, key), sequence in parked.items():
        if heads.get((source, key), 0) >= sequence:
            yield f"I15: {consumer} holds back {source} {key}, whose {sequence} its owner has"


def repeated(messages: Collection[Held]) -> int:
    """How many letters came more than once: a crash between a letter and its offset does that."""
    places = Counter(
        (message.place[0], message.headers.get("dead-letter-place", b""))
        for message in messages
        if message.place[0].endswith(".dead-letter")
    )
    return sum(times - 1 for times in places.values())
