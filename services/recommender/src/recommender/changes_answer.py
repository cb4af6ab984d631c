"""What is said about one start, as it is answered: described, and rendered without that."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from pydantic import ConfigDict, Field

from recommender.bodies import AsOf, Score, Someone, Unavailable
from recommender.iso import iso_duration, iso_instant
from recommender.ranking.blockers import Blocker
from recommender.ranking.explained_start import ExplainedStart
from recommender.ranking.minimal_changes import Change, Goal
from recommender.ranking.recommendation import Recommendation
from recommender.relaxed import AddedTime, render_additions
from recommender.rendering import people, times_and_counts
from recommender.shown import Shown, Span

_ANN, _BEN = "019a6f2c-9b10-7d55-8c21-5e0f3b7a1d42", "019a6f2c-9f31-7a0e-b7d6-0c4e8a92f315"
_EXAMPLE: dict[str, Any] = {
    "poll_id": "019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90",
    "as_of": {"polls": 1, "schedules": 4},
    "duration": "PT1H",
    "start": "2030-12-02T10:00:00Z",
    "recommendation": {
        "window": {"start": "2030-12-02T10:00:00Z", "end": "2030-12-02T11:30:00Z"},
        "start": "2030-12-02T10:00:00Z",
        "end": "2030-12-02T11:00:00Z",
        "latest_start": "2030-12-02T10:30:00Z",
        "available": [_ANN],
        "preferred": [_ANN],
        "if_needed": [],
        "unavailable": [
            {
                "participant": _BEN,
                "reason": "partly_free",
                "missing": [{"start": "2030-12-02T10:00:00Z", "end": "2030-12-02T10:45:00Z"}],
            }
        ],
        "unanswered": [],
        "score": {"available": 1, "weight": 1, "if_needed": 0, "preferred": 1},
        "meets_rules": True,
        "unmet": [],
        "guaranteed": 1,
        "possible": 1,
    },
    "before": None,
    "blockers": [{"participant": _BEN, "everyone": True, "rules": []}],
    "changes": [
        {
            "goal": "everyone",
            "start": "2030-12-02T10:30:00Z",
            "end": "2030-12-02T11:30:00Z",
            "length": "PT15M",
            "smallest": True,
            "additions": [
                {
                    "participant": _BEN,
                    "length": "PT15M",
                    "intervals": [{"start": "2030-12-02T10:30:00Z", "end": "2030-12-02T10:45:00Z"}],
                }
            ],
        }
    ],
    "people": {_ANN: {"name": "Ann"}, _BEN: {"name": "Ben"}},
}


class StartAsItStands(Shown):
    """Like a recommendation, which it need not be."""

    window: Span = Field(description="Where everybody in `available` can come, too")
    start: datetime
    end: datetime
    latest_start: datetime
    available: tuple[UUID, ...]
    preferred: tuple[UUID, ...]
    if_needed: tuple[UUID, ...]
    unavailable: tuple[Unavailable, ...]
    unanswered: tuple[UUID, ...]
    score: Score
    meets_rules: bool
    unmet: tuple[str, ...]
    guaranteed: int
    possible: int


class TimeBefore(Shown):
    """The recommendation that this start is ranked after."""

    start: datetime
    end: datetime
    score: Score
    meets_rules: bool


class Blocking(Shown):
    """Somebody who cannot come."""

    participant: UUID
    everyone: bool = Field(description="They answered: it does not suit everyone who did")
    rules: tuple[str, ...] = Field(description="Of `unmet`, the rules they would help to keep")


class SmallestChange(Shown):
    """With this time added, the meeting at `start` reaches the goal."""

    goal: Goal = Field(
        description="`rules`: it keeps them. `above`: more can come than to the one before, by "
        "weight, and where that keeps the rules, it does too. `everyone`: all who answered can come"
    )
    start: datetime
    end: datetime
    length: timedelta = Field(description="Of all the added time together")
    smallest: bool = Field(description="No shorter one would do; false: this is not certain")
    additions: tuple[AddedTime, ...]


class Changes(Shown):
    """What keeps a start back, and the smallest changes that would help, shortest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    poll_id: UUID
    as_of: AsOf
    duration: timedelta
    start: datetime
    recommendation: StartAsItStands
    before: TimeBefore | None
    blockers: tuple[Blocking, ...]
    changes: tuple[SmallestChange, ...]
    people: dict[UUID, Someone] = Field(description="Those mentioned whose names you may see")


def render_changes(
    told: ExplainedStart,
    *,
    poll_id: str,
    as_of: Mapping[str, int],
    names: Mapping[str, str],
) -> bytes:
    """JSON; of `names`, by id, only those are told who are mentioned."""
    here = told.here
    mentioned = {*here.available, *here.unavailable, *here.unanswered}
    return orjson.dumps(
        {
            "poll_id": poll_id,
            "as_of": as_of,
            "duration": iso_duration(here.end - here.start),
            "start": iso_instant(here.start),
            "recommendation": _as_it_stands(told),
            "before": None if told.before is None else _before(told.before),
            "blockers": list(map(_blocker, told.blockers)),
            "changes": [_change(change, here.end - here.start) for change in told.changes],
            "people": {id_: {"name": names[id_]} for id_ in sorted(mentioned & names.keys())},
        }
    )


def _as_it_stands(told: ExplainedStart) -> dict[str, Any]:
    shown = times_and_counts(told.here) | people(told.here, told.missing)
    return {name: shown[name] for name in StartAsItStands.model_fields}


def _before(before: Recommendation) -> dict[str, Any]:
    shown = times_and_counts(before)
    return {name: shown[name] for name in TimeBefore.model_fields}


def _blocker(blocker: Blocker) -> dict[str, Any]:
    return {
        "participant": blocker.participant,
        "everyone": blocker.everyone,
        "rules": blocker.rules,
    }


def _change(change: Change, duration: int) -> dict[str, Any]:
    return {
        "goal": change.goal,
        "start": iso_instant(change.start),
        "end": iso_instant(change.start + duration),
        "length": iso_duration(change.length),
        "smallest": change.smallest,
        "additions": render_additions(change.additions),
    }
