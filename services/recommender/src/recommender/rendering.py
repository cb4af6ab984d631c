"""Turns a ranking into the bytes of an answer: the same ranking, always the same bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson
from pydantic_core import to_jsonable_python

from recommender.ranking.recommendation import Ranking, Recommendation
from recommender.ranking.times import Span

People = Literal["ids", "counts"]
Missing = Mapping[str, list[Span]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def render(
    ranking: Ranking,
    missing: Sequence[Missing] | None,
    *,
    poll_id: str,
    as_of: Mapping[str, int],
    names: Mapping[str, str],
) -> bytes:
    """JSON; without the lists of ids where `missing` is None.

    Of `names`, by id, only those are told who are mentioned.
    """
    shown = [_times_and_counts(each) for each in ranking.recommendations]
    mentioned: set[str] = set()
    if missing is not None:
        for document, each, lacking in zip(shown, ranking.recommendations, missing, strict=True):
            document.update(_people(each, lacking))
            mentioned.update(each.available, each.unavailable, each.unanswered)
    return orjson.dumps(
        {
            "poll_id": poll_id,
            "as_of": as_of,
            "duration": iso_duration(ranking.duration),
            "participants": {"total": ranking.participants, "answered": ranking.answered},
            "recommendations": shown,
            "people": {id_: {"name": names[id_]} for id_ in sorted(mentioned & names.keys())},
            "empty_reason": ranking.empty_reason,
            "relaxations": [],
        }
    )


def _times_and_counts(each: Recommendation) -> dict[str, Any]:
    return {
        "rank": each.rank,
        "tier": each.tier,
        "window": _span(each.window),
        "start": iso_instant(each.start),
        "end": iso_instant(each.end),
        "latest_start": iso_instant(each.latest_start),
        "score": asdict(each.score),
        "meets_rules": each.meets_rules,
        "unmet": each.unmet,
        "reasons": each.reasons,
        "guaranteed": each.guaranteed,
        "possible": each.possible,
    }


def _people(each: Recommendation, missing: Missing) -> dict[str, Any]:
    return {
        "available": each.available,
        "preferred": each.preferred,
        "if_needed": each.if_needed,
        "unavailable": [_unavailable(id_, missing.get(id_)) for id_ in each.unavailable],
        "unanswered": each.unanswered,
    }


def _unavailable(participant: str, lacking: list[Span] | None) -> dict[str, Any]:
    if lacking is None:
        return {"participant": participant, "reason": "not_free"}
    return {
        "participant": participant,
        "reason": "partly_free",
        "missing": [_span(span) for span in lacking],
    }


def _span(span: Span) -> dict[str, str]:
    return {"start": iso_instant(span[0]), "end": iso_instant(span[1])}


def iso_instant(microseconds: int) -> str:
    """RFC 3339 in UTC, with a fraction only where there is one."""
    instant = _EPOCH + timedelta(microseconds=microseconds)
    return instant.isoformat().removesuffix("+00:00") + "Z"


def iso_duration(microseconds: int) -> str:
    """ISO 8601, as in `PT1H30M`."""
    return to_jsonable_python(timedelta(microseconds=microseconds))
