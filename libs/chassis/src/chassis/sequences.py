"""Reading one's own writes: sequences that travel in headers, `polls=2, schedules=17`."""

import re
from collections.abc import Mapping

from starlette.requests import Request

from chassis.problems import Problem

HEADER = "Commontime-Sequence"
MIN_HEADER = "Commontime-Min-Sequence"
MIN_PARAMETER = "min_sequence"

_ITEM = re.compile(r"\s*([a-z][a-z-]{0,31})\s*=\s*(\d{1,18})\s*")
_MOST_ITEMS = 8


def format_sequences(sequences: Mapping[str, int]) -> str:
    """Return the value of the `Commontime-Sequence` header."""
    return ", ".join(f"{label}={sequence}" for label, sequence in sequences.items())


def parse_min_sequence(text: str | None) -> dict[str, int]:
    """Return label to least sequence. A label given twice counts with its higher one.

    Raises:
        Problem: `bad_header` where the text is not such a list.
    """
    least: dict[str, int] = {}
    items = text.split(",") if text else []
    for item in items:
        match = _ITEM.fullmatch(item)
        if match is None or len(items) > _MOST_ITEMS:
            raise Problem("bad_header", f"{MIN_HEADER} must be like `polls=2, schedules=17`")
        label, sequence = match[1], int(match[2])
        least[label] = max(sequence, least.get(label, 0))
    return least


async def min_sequence(request: Request) -> dict[str, int]:
    """Dependency: what the caller has seen already, from the header and `?min_sequence=`."""
    given = (request.headers.get(MIN_HEADER), request.query_params.get(MIN_PARAMETER))
    return parse_min_sequence(",".join(text for text in given if text))
