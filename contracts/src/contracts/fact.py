"""The shape every fact shares, and the plain values facts are made of."""

from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints


def _to_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A moment with microseconds; accepted with any offset, held and written in UTC."""

TokenHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a capability, in hexadecimal. The capability itself never enters a fact."""


class Value(BaseModel):
    """An immutable value. Readers ignore what they do not know, so that writers may add."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Span(Value):
    """Half-open stretch of time `[start, end)`."""

    start: Instant
    end: Instant


class Fact(Value):
    """Something that happened and stays true. `TYPE` is stable; a breaking change is a new one."""

    TYPE: ClassVar[str]


class State(Value):
    """The latest of something, on a compacted topic: a higher `version` replaces a lower one."""

    TYPE: ClassVar[str]

    version: int
