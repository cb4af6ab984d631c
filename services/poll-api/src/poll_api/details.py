"""From what an organiser asks for to what the facts say: local times resolved, slots cut.

Also refuses what no single value shows to be wrong. Times that were fine when they were set and
have passed since do not stand in the way of changing something else.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chassis.bodies import NoSuchLocalTime, at_zone
from chassis.problems import FieldError, invalid
from contracts.fact import Span
from contracts.polls import PollDetails
from contracts.slots import length_of, slots
from poll_api.proposal import Proposal

LONGEST_WINDOW = timedelta(days=366)


def settled(proposal: Proposal, now: datetime, before: PollDetails | None = None) -> PollDetails:
    """The details that follow from `proposal` at `now`; `before` are those they replace.

    Raises `Problem` (422) with a pointer to each value that cannot stand.
    """
    start, end, deadline = _instants(proposal)
    window = Span(start=start, end=end)
    _refuse(_wrong_window(window, now, before))
    details = PollDetails.model_validate(
        {
            **proposal.model_dump(),
            "timezone": proposal.timezone or "UTC",
            "window": window,
            "deadline": deadline,
            "slots": (),
        }
    )
    cut = slots(window, details.daily_hours, ZoneInfo(details.timezone))
    details = details.model_copy(update={"slots": cut})
    _refuse([*_wrong_duration(details), *_wrong_deadline(details, now, before)])
    return details


def _instants(proposal: Proposal) -> tuple[datetime, datetime, datetime | None]:
    errors: list[FieldError] = []

    def resolved(pointer: str, moment: datetime) -> datetime:
        if moment.tzinfo is None and proposal.timezone is None:
            detail = "needs an offset, or the poll a `timezone`"
            errors.append(FieldError(pointer, "offset_missing", detail))
            return moment
        try:
            return at_zone(moment, proposal.timezone or "UTC")
        except NoSuchLocalTime:
            detail = "does not exist: the clocks skip it in this time zone"
            errors.append(FieldError(pointer, "no_such_local_time", detail))
            return moment

    start = resolved("/window/start", proposal.window.start)
    end = resolved("/window/end", proposal.window.end)
    deadline = proposal.deadline and resolved("/deadline", proposal.deadline)
    _refuse(errors)
    return start, end, deadline


def _refuse(errors: Iterator[FieldError] | list[FieldError]) -> None:
    found = list(errors)
    if found:
        raise invalid(*found)


def _wrong_window(window: Span, now: datetime, before: PollDetails | None) -> Iterator[FieldError]:
    if window.end <= window.start:
        yield FieldError("/window/end", "end_not_after_start", "must be after the start")
    elif window.end - window.start > LONGEST_WINDOW:
        yield FieldError("/window/end", "too_long", "a window has at most 366 days")
    if window.end <= now and (before is None or before.window != window):
        yield FieldError("/window/end", "in_the_past", "must not have passed")


def _wrong_duration(details: PollDetails) -> Iterator[FieldError]:
    duration, window, hours = details.duration, details.window, details.daily_hours
    if duration > window.end - window.start:
        yield FieldError("/duration", "longer_than_window", "must fit into the window")
    elif not details.slots:
        yield FieldError("/daily_hours", "no_slot", "leave no time within the window")
    elif hours and duration > length_of(hours) and not _fits_a_slot(details):
        yield FieldError("/duration", "longer_than_daily_hours", "must fit into the daily hours")


def _fits_a_slot(details: PollDetails) -> bool:
    """Hours around the clock join to slots longer than any day's hours."""
    return any(slot.end - slot.start >= details.duration for slot in details.slots)


def _wrong_deadline(
    details: PollDetails, now: datetime, before: PollDetails | None
) -> Iterator[FieldError]:
    deadline = details.deadline
    if deadline is None:
        return
    if deadline > details.window.end:
        yield FieldError("/deadline", "after_window", "must not be after the window's end")
    if deadline <= now and (before is None or before.deadline != deadline):
        yield FieldError("/deadline", "in_the_past", "must not have passed")
