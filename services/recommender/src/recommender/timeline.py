"""How the leading recommendation moved, and which facts moved it.

A fold of facts: what was answered, sent or kept meanwhile does not matter.
"""

from typing import Any, NamedTuple

from recommender.chronicle import Chapter, StoredFact
from recommender.iso import iso_instant
from recommender.known_polls import Poll, microseconds
from recommender.past import Moment
from recommender.ranking.index import Person, PollIndex
from recommender.ranking.rank import rank
from recommender.ranking.recommendation import EmptyReason
from recommender.ranking.stopping import checkpoint

OTHER_TIMES = 25
"""A fact that changes when the meeting can be costs as much as so many others."""


class Leading(NamedTuple):
    """The first recommendation. It has moved where any of this has changed.

    Instants are microseconds UTC; `available` counts people, with `if_needed` and `preferred`.
    """

    start: int
    end: int
    latest_start: int
    available: int
    if_needed: int
    preferred: int
    weight: int
    meets_rules: bool


class Outlook(NamedTuple):
    """The leading recommendation, or why there is none."""

    leading: Leading | None
    empty_reason: EmptyReason | None


class Page(NamedTuple):
    """`end` is how far the facts are folded; `more` says whether some were not."""

    items: list[dict[str, Any]]
    end: Moment
    more: bool


def outlook(index: PollIndex, poll: Poll) -> Outlook:
    """Under the rules of `poll`."""
    ranking = rank(index, rules=poll.rules, limit=1)
    if not ranking.recommendations:
        return Outlook(None, ranking.empty_reason)
    (best,) = ranking.recommendations
    score = best.score
    leading = Leading(
        start=best.start,
        end=best.end,
        latest_start=best.latest_start,
        available=score.available,
        if_needed=score.if_needed,
        preferred=score.preferred,
        weight=score.weight,
        meets_rules=best.meets_rules,
    )
    return Outlook(leading, None)


def fold(chapter: Chapter, limit: int) -> Page:
    """The facts that moved the leading recommendation, of as many as cost at most `limit`.

    One fact at least, so that pages come to an end.
    """
    poll, moment = chapter.poll, chapter.moment
    index = PollIndex(poll.times, chapter.people)
    shown = None if moment.polls == 0 else outlook(index, poll)
    items: list[dict[str, Any]] = []
    for number, fact in enumerate(chapter.facts):
        checkpoint()
        limit -= _cost(fact, index)
        if limit < 0 and number > 0:
            return Page(items, moment, more=True)
        if isinstance(fact.left, Poll):
            poll = fact.left
        index = _after(index, fact)
        moment = moment._replace(**{fact.label: fact.sequence})
        seen = outlook(index, poll)
        if seen != shown:
            items.append(_item(fact, moment, seen))
        shown = seen
    return Page(items, moment, more=False)


def _cost(fact: StoredFact, index: PollIndex) -> int:
    return OTHER_TIMES if isinstance(fact.left, Poll) and fact.left.times != index.times else 1


def _after(index: PollIndex, fact: StoredFact) -> PollIndex:
    match fact.left:
        case Poll(times=times):
            return index if times == index.times else index.with_times(times)
        case Person():
            index.put(fact.left)
        case None:
            assert fact.participant is not None
            index.remove(fact.participant)
    return index


def _item(fact: StoredFact, moment: Moment, seen: Outlook) -> dict[str, Any]:
    return {
        "at": iso_instant(microseconds(fact.at)),
        "as_of": moment._asdict(),
        "fact": {
            "type": fact.type,
            "sequence": fact.sequence,
            # Of whoever was erased nothing is left, not even whom an id stood for.
            **({"participant": fact.participant} if isinstance(fact.left, Person) else {}),
        },
        "leading": seen.leading and _shown(seen.leading),
        "empty_reason": seen.empty_reason,
    }


def _shown(leading: Leading) -> dict[str, Any]:
    instants = ("start", "end", "latest_start")
    return leading._asdict() | {name: iso_instant(getattr(leading, name)) for name in instants}
