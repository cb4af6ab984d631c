"""Who and what was erased, and when: the list that outlives a database, in JSON Lines.

It holds ids and times, no words. A backup that is older than an erasure brings back what was
erased; with this list it is erased again before anybody sees it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal
from uuid import UUID

from contracts.fact import Instant, Value


class Erasure(Value):
    """One line of the ledger. `poll_id` says in which poll a participant was."""

    kind: Literal["poll", "participant", "account"]
    id: UUID
    poll_id: UUID | None = None
    at: Instant


def read_ledger(file: Path) -> list[Erasure]:
    """What its lines say, empty ones left out. Raises `ValueError` for one that is no erasure."""
    lines = file.read_text().splitlines()
    return [Erasure.model_validate_json(line) for line in lines if line.strip()]


def write_ledger(erasures: Iterable[Erasure]) -> str:
    """One line for each, the oldest first, each once."""
    once = {(each.kind, each.id): each for each in sorted(erasures, key=_by_time, reverse=True)}
    ordered = sorted(once.values(), key=_by_time)
    return "".join(f"{each.model_dump_json(exclude_none=True)}\n" for each in ordered)


def _by_time(erasure: Erasure) -> tuple[Instant, str, str]:
    return erasure.at, erasure.kind, str(erasure.id)
