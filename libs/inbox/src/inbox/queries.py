"""The inbox's SQL, by name, from `queries.sql`."""

import re
from collections.abc import Mapping
from importlib import resources


def read_named(text: str) -> Mapping[str, bytes]:
    """Statements by the name in the `-- name:` line above each."""
    pieces = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)
    return {
        name: statement.strip().encode()
        for name, statement in zip(pieces[1::2], pieces[2::2], strict=True)
    }


QUERIES = read_named(resources.files("inbox").joinpath("queries.sql").read_text())
