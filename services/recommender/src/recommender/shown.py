"""What the descriptions of all answers have in common."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Span(Shown):
    """Half-open `[start, end)`."""

    start: datetime
    end: datetime
