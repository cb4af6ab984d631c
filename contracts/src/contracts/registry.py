"""Finds the model that reads a stored or received fact."""

from collections.abc import Mapping

from contracts import lifecycle, polls, recommendations, schedules
from contracts.fact import Fact, State

FACTS: Mapping[str, type[Fact]] = {
    fact.TYPE: fact
    for fact in (
        polls.PollOpened,
        polls.PollRevised,
        polls.PollClosed,
        polls.PollReopened,
        polls.PollFinalised,
        polls.PollCancelled,
        polls.PollLinkRotated,
        polls.PollOwnerChanged,
        polls.PollRegretRaised,
        polls.PollErased,
        schedules.ParticipantJoined,
        schedules.ParticipantRevised,
        schedules.ScheduleSubmitted,
        schedules.ScheduleWithdrawn,
        schedules.ParticipantLinkRotated,
        schedules.ParticipantErased,
        lifecycle.EventScheduled,
        lifecycle.EventRevised,
        lifecycle.EventRescheduled,
        lifecycle.EventCompleted,
        lifecycle.EventCancelled,
    )
}

STATES: Mapping[str, type[State]] = {
    schedules.ParticipantProfile.TYPE: schedules.ParticipantProfile,
    recommendations.PollRecommendations.TYPE: recommendations.PollRecommendations,
}


class UnknownFact(ValueError):
    """No model in this version reads that type."""


def parse(type_: str, data: bytes | str) -> Fact:
    """The fact of type `type_` from its JSON.

    Raises `UnknownFact` for a type this version does not know and `pydantic.ValidationError`
    for JSON that does not fit it.
    """
    try:
        model = FACTS[type_]
    except KeyError:
        raise UnknownFact(type_) from None
    return model.model_validate_json(data)
