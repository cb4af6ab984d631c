"""What the two logs are asked with: messages, and their deliveries."""

from typing import Annotated

from fastapi import Query

LAST = 2**63 - 1
"""The largest number a message or a delivery can have."""
Subject = Annotated[
    str | None, Query(max_length=100, description="The id of an event, poll or endpoint")
]
After = Annotated[int | None, Query(ge=1, le=LAST, description="The `next` of the page before")]
