"""From an index to the bytes of an answer, whether the poll is as it is, was, or might be."""

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.ranking.attendance import missing
from recommender.ranking.index import PollIndex
from recommender.ranking.rank import rank
from recommender.ranking.rules import Rules
from recommender.rendering import People, render


@dataclass(frozen=True, slots=True)
class Query:
    """`duration` in microseconds, None for the poll's own."""

    limit: int = 10
    duration: int | None = None
    distinct: bool = True
    people: People = "ids"


def answered(
    index: PollIndex,
    rules: Rules,
    query: Query,
    *,
    poll_id: str,
    as_of: Mapping[str, int],
    names: Mapping[str, str],
) -> bytes:
    """The recommendations of an index whose sequences are `as_of`; shows of `names` who occurs."""
    if query.duration is not None:
        index = index.lasting(query.duration)
    ranking = rank(index, limit=query.limit, distinct=query.distinct)
    lacking = missing(index, ranking.recommendations) if query.people == "ids" else None
    return render(ranking, lacking, poll_id=poll_id, as_of=as_of, names=names)
