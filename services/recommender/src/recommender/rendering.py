"""Turns a ranking into the bytes of an answer: the same ranking, always the same bytes."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson

from recommender.iso import iso_duration, iso_instant, span_in_iso
from recommender.ranking.recommendation import Ranking, Recommendation
from recommender.ranking.relaxations import Relaxation
from recommender.ranking.times import Span
from recommender.relaxed import people_of, render_relaxation

People = Literal["ids", "counts"]
Missing = Mapping[str, list[Span]]


def render(
    ranking: Ranking,
    missing: Sequence[Missing] | None,
    *,
    poll_id: str,
    as_of: Mapping[str, int],
    names: Mapping[str, str],
    relaxations: Sequence[Relaxation] = (),
) -> bytes:
    """JSON; without the lists of ids where `missing` is None.

    Of `names`, by id, only those are told who are mentioned.
    """
    shown = [times_and_counts(each) for each in ranking.recommendations]
    mentioned: set[str] = set()
    if missing is not None:
        for document, each, lacking in zip(shown, ranking.recommendations, missing, strict=True):
            document.update(people(each, lacking))
            mentioned.update(each.available, each.unavailable, each.unanswered)
        mentioned.update(*map(people_of, relaxations))
    return orjson.dumps(
        {
            "poll_id": poll_id,
            "as_of": as_of,
            "duration": iso_duration(ranking.duration),
            "participants": {"total": ranking.participants, "answered": ranking.answered},
            "recommendations": shown,
            "people": {id_: {"name": names[id_]} for id_ in sorted(mentioned & names.keys())},
            "empty_reason": ranking.empty_reason,
            "relaxations": [
                render_relaxation(each, ids=missing is not None) for each in relaxations
            ],
        }
    )


def times_and_counts(each: Recommendation) -> dict[str, Any]:
    """A recommendation without ids."""
    return {
        "rank": each.rank,
        "tier": each.tier,
        "window": span_in_iso(each.window),
        "start": iso_instant(each.start),
        "end": iso_instant(each.end),
        "latest_start": iso_instant(each.latest_start),
        "score": each.score._asdict(),
        "meets_rules": each.meets_rules,
        "unmet": each.unmet,
        "reasons": each.reasons,
        "guaranteed": each.guaranteed,
        "possible": each.possible,
    }


def people(each: Recommendation, missing: Missing) -> dict[str, Any]:
    """The rest of it."""
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
        "missing": [span_in_iso(span) for span in lacking],
    }
