"""Which problems the service's refusals are, and which an operation may answer with."""

from chassis.application import Rejections
from poll_api import decider

REJECTIONS: Rejections = {
    decider.NoSuchPoll: "not_found",
    decider.AlreadyFinalised: "poll_finalised",
    decider.AlreadyCancelled: "poll_cancelled",
    decider.AlreadyOwned: "poll_owned",
    decider.AlreadyRotated: "conflict",
    decider.EventStarted: "event_started",
    decider.NotTheOwner: "conflict",
}
REPEATED = ("idempotency_key_reused", "idempotency_in_flight")
LOOKING = ("unauthenticated", "forbidden", "not_found", "behind", "owner_unavailable")
MANAGING = (*LOOKING, "conflict")
CHANGING = (*MANAGING, "precondition_failed", "poll_cancelled")
