"""The Kafka topics, their owners and their settings."""

from dataclasses import dataclass
from datetime import timedelta

PARTITIONS = 6
_HOUR_MS = str(int(timedelta(hours=1).total_seconds() * 1000))
_WEEK_MS = str(int(timedelta(days=7).total_seconds() * 1000))


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is created: its name, the service that writes it, and its configuration."""

    name: str
    owner: str
    config: tuple[tuple[str, str], ...]
    partitions: int = PARTITIONS

    @property
    def compacted(self) -> bool:
        return ("cleanup.policy", "compact") in self.config


_FACTS = (("cleanup.policy", "delete"), ("retention.ms", _WEEK_MS))
_STATES = (
    ("cleanup.policy", "compact"),
    ("max.compaction.lag.ms", _HOUR_MS),
    ("segment.ms", _HOUR_MS),
)

POLLS = Topic("commontime.polls", "poll-api", _FACTS)
SCHEDULES = Topic("commontime.schedules", "availability", _FACTS)
LIFECYCLE = Topic("commontime.lifecycle", "event-lifecycle", _FACTS)
PARTICIPANTS = Topic("commontime.participants", "availability", _STATES)
RECOMMENDATIONS = Topic("commontime.recommendations", "recommender", _STATES)

ALL = (POLLS, SCHEDULES, LIFECYCLE, PARTICIPANTS, RECOMMENDATIONS)


def dead_letter(group: str) -> Topic:
    """Where a consumer puts the original bytes of what it can never take, with the reason."""
    config = (("cleanup.policy", "delete"), ("retention.ms", _WEEK_MS))
    return Topic(f"{group}.dead-letter", group, config, partitions=1)
