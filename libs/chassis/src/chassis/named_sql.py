"""Statements that have a name and live in a `.sql` file beside the code that runs them."""

import re
from collections.abc import Mapping
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def load(package: str, file: str = "queries.sql") -> Mapping[str, bytes]:
    """Name to statement; each begins with a line `-- name: <name>`, comments after it are kept.

    Raises `KeyError` naming the statement when two share a name.
    """
    text = files(package).joinpath(file).read_text()
    _, *parts = _NAME.split(text)
    statements: dict[str, bytes] = {}
    for name, statement in zip(parts[::2], parts[1::2], strict=True):
        if name in statements:
            raise KeyError(f"{package}/{file} has two statements named {name}")
        statements[name] = statement.strip().encode()
    return statements
