"""What attempts mean for how their endpoints stand, as all processes see it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from event_lifecycle.webhooks.claims import Result

_MS = 1_000


class Standing(TypedDict):
    """The change of an endpoint's row; `failing_since` as a time, null where it stays or ends.

    `succeeded`: failing ended, and began again at `failing_since` if that is given. `probed`: the
    breaker was tried, and is closed unless there is a `pause_ms`.
    """

    endpoint: UUID
    succeeded: bool
    failing_since: datetime | None
    probed: bool
    opened: int | None
    pause_ms: int | None


def standings(results: Iterable[Result]) -> list[Standing]:
    """Of every endpoint that had a part in these results, by its id.

    `results` are in the order in which they came in. What failed on our side says nothing.
    """
    changes: dict[UUID, Standing] = {}
    for result in results:
        if not result.attempt.ours:
            endpoint = result.delivery.endpoint
            change = changes.setdefault(endpoint, _unchanged(endpoint))
            _note(change, result)
    # All who lock several of these rows lock them in one order.
    return sorted(changes.values(), key=lambda change: change["endpoint"])


def _unchanged(endpoint: UUID) -> Standing:
    return Standing(
        endpoint=endpoint,
        succeeded=False,
        failing_since=None,
        probed=False,
        opened=None,
        pause_ms=None,
    )


def _note(change: Standing, result: Result) -> None:
    if result.attempt.failed:
        change["failing_since"] = change["failing_since"] or result.attempt.started_at
    else:
        change["succeeded"], change["failing_since"] = True, None
    if result.delivery.probe:
        change["probed"] = True
    if result.held is not None:
        pause_ms = round(result.held.pause.total_seconds() * _MS)
        change["opened"] = max(change["opened"] or 0, result.held.opened)
        change["pause_ms"] = max(change["pause_ms"] or 0, pause_ms)
