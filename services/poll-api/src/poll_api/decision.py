"""How an organiser decides: the body that finalises a poll."""

from typing import Annotated

from pydantic import ConfigDict, Field

from chassis.bodies import Instant, StrictBody
from poll_api import examples


class AsOf(StrictBody):
    """The sequences of the recommendations the organiser was looking at."""

    polls: Annotated[int, Field(ge=1)]
    schedules: Annotated[int | None, Field(ge=0)] = None


class FinaliseBody(StrictBody):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.FINALISE]})

    start: Instant
    as_of: AsOf | None = None
