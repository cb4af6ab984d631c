"""Which problem each of the decider's refusals is."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from chassis.application import Rejections
from chassis.problems import FieldError, invalid
from event_lifecycle.decider import (
    AlreadyOver,
    EndsBeforeItStarts,
    EventIsCancelled,
    EventIsCompleted,
    EventOfPoll,
    NoEndToCompleteAt,
    Rejected,
    UnknownEvent,
)

REJECTIONS: Rejections = {
    UnknownEvent: "not_found",
    EventIsCompleted: "event_completed",
    EventIsCancelled: "event_cancelled",
    EventOfPoll: "event_of_poll",
}
_FIELD_ERRORS: Mapping[type[Rejected], tuple[str, str]] = {
    EndsBeforeItStarts: ("/ends_at", "end_not_after_start"),
    NoEndToCompleteAt: ("/ends_at", "missing"),
    AlreadyOver: ("/starts_at", "in_the_past"),
}


@contextmanager
def pointing() -> Generator[None]:
    """Makes a refusal of what the body says a problem that points into the body."""
    try:
        yield
    except Rejected as refused:
        where = _FIELD_ERRORS.get(type(refused))
        if where is None:
            raise
        raise invalid(FieldError(*where, str(refused))) from refused
