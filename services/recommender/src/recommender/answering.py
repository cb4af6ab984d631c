"""From an index to the bytes of an answer, whether the poll is as it is, was, or might be."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from recommender.ranking.attendance import missing
from recommender.ranking.index import PollIndex
from recommender.ranking.rank import rank
from recommender.ranking.recommendation import Format
from recommender.ranking.relaxations import Relaxation, relaxations
from recommender.ranking.rules import Rules
from recommender.rendering import People, render


@dataclass(frozen=True, slots=True)
class Query:
    """`duration` in microseconds; None for the poll's own, as with the rules that are numbers.

    Whoever is to be ignored, by id, is not in the poll for anything.
    """

    limit: int = 10
    duration: int | None = None
    distinct: bool = True
    people: People = "ids"
    include_unmet: bool = False
    format: Format = "windows"
    ignore: frozenset[str] = frozenset()
    min_available: int | None = None
    min_percentage: int | None = None


class Strangers(Exception):
    """Somebody to be ignored is not in the poll; `ids` says who, in order."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__("somebody to be ignored is not in the poll")
        self.ids = ids


class TakesLonger(Exception):
    """The answer is not one that others should wait for."""


def answered(
    index: PollIndex,
    rules: Rules,
    query: Query,
    *,
    poll_id: str,
    as_of: Mapping[str, int],
    names: Mapping[str, str],
    patient: bool = True,
) -> bytes:
    """The recommendations of an index whose sequences are `as_of`; shows of `names` who occurs.

    Raises `Strangers`, and `TakesLonger` where somebody who is not `patient` gets an answer that
    is empty: what could be relaxed has to be searched for.
    """
    index, rules = narrowed(index, rules, query)
    ranking = rank(
        index,
        rules=rules,
        limit=query.limit,
        distinct=query.distinct,
        include_unmet=query.include_unmet,
        format=query.format,
    )
    relaxed: tuple[Relaxation, ...] = ()
    if ranking.empty_reason not in (None, "no_schedules"):
        if not patient:
            raise TakesLonger
        relaxed = relaxations(index, None if query.include_unmet else rules, ranking.empty_reason)
    lacking = missing(index, ranking.recommendations) if query.people == "ids" else None
    return render(ranking, lacking, poll_id=poll_id, as_of=as_of, names=names, relaxations=relaxed)


def narrowed(index: PollIndex, rules: Rules, query: Query) -> tuple[PollIndex, Rules]:
    """Whom and what a query is about: without those ignored, of its duration, by its rules.

    Raises `Strangers`.
    """
    if query.ignore:
        index = _without(index, query.ignore)
    if query.duration is not None:
        index = index.lasting(query.duration)
    return index, rules_of(rules, query)


def rules_of(rules: Rules, query: Query) -> Rules:
    """A poll's rules, but for those that the query gives."""
    if query.min_available is not None:
        rules = replace(rules, min_available=query.min_available)
    if query.min_percentage is not None:
        rules = replace(rules, min_percentage=query.min_percentage)
    return rules


def _without(index: PollIndex, ignored: frozenset[str]) -> PollIndex:
    strangers = sorted(id_ for id_ in ignored if index.person(id_) is None)
    if strangers:
        raise Strangers(strangers)
    return index.without(ignored)
