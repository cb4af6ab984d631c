"""What comes in and goes out over HTTP about personal feeds."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chassis.bodies import StrictBody

_FEED: dict[str, Any] = {"holds": True, "created_at": "2030-11-24T10:00:00.123456Z"}
_TOKEN = "ct_fed_m3kX0jv9b2sQ7nR5tY8wZ1aB4cD6eF0gH2iJ4kL6mN8"  # noqa: S105  # an example
_MADE = {
    **_FEED,
    "capability": _TOKEN,
    "link": f"https://commontime.example.org/api/v1/feeds/{_TOKEN}.ics",
}


class FeedBody(StrictBody):
    """`holds`: the leading times of polls that are not decided yet are in the feed too."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"holds": True}]})

    holds: bool = False


class Feed(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_FEED]})

    holds: bool
    created_at: datetime


class NewFeed(Feed):
    """`link` is what a calendar program asks for. Both are shown this once: a hash is kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MADE]})

    capability: str = Field(description="Opens the feed, and nothing else")
    link: str
