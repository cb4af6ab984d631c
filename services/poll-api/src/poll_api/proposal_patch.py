"""Changes to a poll as a JSON merge patch: what is absent stays, null goes back to the default.

https://www.rfc-editor.org/rfc/rfc7396
"""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ConfigDict, ValidationError

from chassis.bodies import InstantOrLocal, StrictBody, Text, Title
from chassis.rule_bodies import Count, GroupRule, Length, Padding, Percentage, When
from contracts.polls import PollDetails
from poll_api import examples
from poll_api.proposal import (
    Access,
    Days,
    Invited,
    Names,
    Proposal,
    Results,
    Step,
    TimeOfDay,
)


class WindowPatch(StrictBody):
    start: InstantOrLocal | None = None
    end: InstantOrLocal | None = None


class DailyHoursPatch(StrictBody):
    start: TimeOfDay | None = None
    end: TimeOfDay | None = None
    days: Days | None = None


class VisibilityPatch(StrictBody):
    names: Names | None = None
    results: Results | None = None


class BufferPatch(StrictBody):
    before: Padding | None = None
    after: Padding | None = None


class AutoFinalisePatch(StrictBody):
    when: When | None = None
    expected: Count | None = None


class RulesPatch(StrictBody):
    """`groups`, being a list, is replaced as a whole."""

    min_available: Count | None = None
    min_percentage: Percentage | None = None
    groups: tuple[GroupRule, ...] | None = None
    buffer: BufferPatch | None = None
    auto_finalise: AutoFinalisePatch | None = None


class ProposalPatch(StrictBody):
    """Any of what a poll was opened with, except its time zone."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PATCH]})

    title: Title | None = None
    description: Text | None = None
    window: WindowPatch | None = None
    duration: Length | None = None
    step: Step | None = None
    daily_hours: DailyHoursPatch | None = None
    deadline: InstantOrLocal | None = None
    access: Access | None = None
    invited: Invited | None = None
    visibility: VisibilityPatch | None = None
    rules: RulesPatch | None = None


def patched(details: PollDetails, patch: ProposalPatch) -> Proposal:
    """What the organiser asks for from now on.

    Raises `RequestValidationError` where the patch takes away or leaves out what is needed.
    """
    current = details.model_dump(exclude={"slots"})
    merged = _merged(current, patch.model_dump(exclude_unset=True))
    try:
        return Proposal.model_validate(merged)
    except ValidationError as error:
        # The caller sent the patch, but its members have the same places.
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(found) from None


def _merged(target: Any, patch: Mapping[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = dict(target) if isinstance(target, Mapping) else {}  # pyright: ignore[reportUnknownArgumentType]  # a JSON object has string names
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            merged[name] = _merged(merged.get(name), value)  # pyright: ignore[reportUnknownArgumentType]  # the same
        else:
            merged[name] = value
    return merged
