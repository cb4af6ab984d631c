"""A poll as it would be: suppositions applied to copies of what is known of it. Stores nothing."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from chassis.bodies import NoSuchLocalTime, at_zone
from chassis.problems import FieldError, invalid
from contracts.fact import Span
from contracts.polls import PollDetails, Rules
from contracts.slots import slots
from recommender.known_polls import Poll
from recommender.ranking.index import Person, PollIndex
from recommender.ranking.stopping import checkpoint
from recommender.ranking.times import PollTimes
from recommender.rows import packed
from recommender.supposition import Intervals, Newcomer, Supposition, Window

_LONGEST_WINDOW = timedelta(days=366)


def poll_if(poll: Poll, supposition: Supposition) -> Poll:
    """The poll with what is supposed of its times and rules; itself if nothing is.

    Raises 422 with a pointer to each value that cannot stand.
    """
    details = poll.known.details
    changes: dict[str, object] = {}
    if supposition.rules is not None:
        changes["rules"] = Rules.model_validate(supposition.rules.model_dump())
    if supposition.duration is not None:
        changes["duration"] = supposition.duration
    if supposition.window is not None:
        window = _window(supposition.window, details.timezone)
        changes["window"] = window
        changes["slots"] = slots(window, details.daily_hours, ZoneInfo(details.timezone))
    if not changes:
        return poll
    details = details.model_copy(update=changes)
    _refuse(_wrong_times(details, supposition))
    return Poll(poll.known.model_copy(update={"details": details}), poll.sequence)


def refuse_people(index: PollIndex, window: Span, supposition: Supposition) -> None:
    """Raises 422 with a pointer to each person who is unknown and each interval outside."""
    _refuse([*_unknown(index, supposition), *_outside(window, _schedules(supposition))])


def index_if(index: PollIndex, times: PollTimes, poll_id: UUID, it: Supposition) -> PollIndex:
    """The index of the poll as supposed. `index` is the caller's own: it may be changed."""
    people, ignored = list(_people(index, poll_id, it)), {str(each) for each in it.ignore}
    if times != index.times:
        return index.with_people(people, ignored, times)
    return index.updated(people, ignored)


def names_of_added(poll_id: UUID, supposition: Supposition) -> Mapping[str, str]:
    return {_id_of_added(poll_id, n): each.name for n, each in enumerate(supposition.add)}


def _id_of_added(poll_id: UUID, position: int) -> str:
    return str(uuid5(poll_id, f"added-{position}"))


def _people(index: PollIndex, poll_id: UUID, supposition: Supposition) -> Iterator[Person]:
    for participant, intervals in supposition.schedules.items():
        known = index.person(participant)
        assert known is not None
        checkpoint()
        yield known._replace(schedule=None if intervals is None else _packed(intervals))
    for position, newcomer in enumerate(supposition.add):
        checkpoint()
        yield _person(_id_of_added(poll_id, position), newcomer)


def _person(id_: str, newcomer: Newcomer) -> Person:
    return Person(
        id_,
        newcomer.weight,
        _packed(newcomer.intervals),
        required=newcomer.role == "required",
        groups=newcomer.groups,
    )


def _packed(intervals: Intervals) -> bytes:
    return packed(interval.to_fact() for interval in intervals)


def _window(supposed: Window, timezone: str) -> Span:
    errors: list[FieldError] = []

    def resolved(end: str, moment: datetime) -> datetime:
        try:
            return at_zone(moment, timezone)
        except NoSuchLocalTime:
            detail = "does not exist: the clocks skip it in this time zone"
            errors.append(FieldError(f"/window/{end}", "no_such_local_time", detail))
            return moment

    start, end = resolved("start", supposed.start), resolved("end", supposed.end)
    _refuse(errors)
    if end <= start:
        errors.append(FieldError("/window/end", "end_not_after_start", "must be after the start"))
    elif end - start > _LONGEST_WINDOW:
        errors.append(FieldError("/window/end", "too_long", "a window has at most 366 days"))
    _refuse(errors)
    return Span(start=start, end=end)


def _wrong_times(details: PollDetails, supposition: Supposition) -> Iterator[FieldError]:
    if not details.slots:
        yield FieldError("/window", "no_slot", "the poll's daily hours leave no time within it")
    if details.duration <= details.window.end - details.window.start:
        return
    if supposition.duration is not None:
        yield FieldError("/duration", "longer_than_window", "must fit into the window")
    else:
        yield FieldError("/window", "shorter_than_duration", "must have room for the meeting")


def _unknown(index: PollIndex, supposition: Supposition) -> Iterator[FieldError]:
    code, detail = "unknown", "is not in the poll"
    for position, ignored in enumerate(supposition.ignore):
        if index.person(str(ignored)) is None:
            yield FieldError(f"/ignore/{position}", code, detail)
    for participant in supposition.schedules:
        if index.person(participant) is None:
            yield FieldError(f"/schedules/{_escaped(participant)}", code, detail)


def _schedules(supposition: Supposition) -> Iterator[tuple[str, Intervals]]:
    """With the pointer to each."""
    for participant, intervals in supposition.schedules.items():
        yield f"/schedules/{_escaped(participant)}", intervals or ()
    for position, newcomer in enumerate(supposition.add):
        yield f"/add/{position}/intervals", newcomer.intervals


def _outside(window: Span, schedules: Iterable[tuple[str, Intervals]]) -> Iterator[FieldError]:
    for pointer, intervals in schedules:
        for position, interval in enumerate(intervals):
            if interval.start < window.start or interval.end > window.end:
                detail = "leaves the poll's window, or the one supposed"
                yield FieldError(f"{pointer}/{position}", "outside_window", detail)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _refuse(errors: Iterable[FieldError]) -> None:
    found = list(errors)
    if found:
        raise invalid(*found)
