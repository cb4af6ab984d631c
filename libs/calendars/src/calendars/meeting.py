"""A meeting as calendars know it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]


@dataclass(frozen=True)
class Meeting:
    """Instants are aware, and `changed_at` is that of what is written here.

    `uid` stays the same for ever and `sequence` only grows: by both a calendar knows what it has
    already, and what is newer. Without `ends_at` it takes no time, as RFC 5545 reads a start alone.
    """

    uid: str
    sequence: int
    status: Status
    starts_at: datetime
    ends_at: datetime | None
    title: str
    description: str | None
    url: str | None
    created_at: datetime
    changed_at: datetime


def uid_of(name: str, public_url: str) -> str:
    """An id that no other instance gives, as RFC 7986 has it: the name at the instance's host."""
    return f"{name}@{urlsplit(public_url).hostname or 'commontime'}"
