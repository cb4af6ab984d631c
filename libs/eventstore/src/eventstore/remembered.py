"""The states of streams that this process changed lately, so that a busy one is not read again.

What is remembered may be old: other processes append too. A decision made on it counts only when
the append finds the stream at the very version it was made on.
"""

from collections import OrderedDict
from typing import Any

_MOST_STREAMS = 2_000


class RememberedStates:
    """The most recently used `(state, version)` by stream; states are immutable."""

    def __init__(self, most: int = _MOST_STREAMS) -> None:
        self._most = most
        self._states: OrderedDict[str, tuple[Any, int]] = OrderedDict()

    def get(self, stream: str) -> tuple[Any, int] | None:
        found = self._states.get(stream)
        if found is not None:
            self._states.move_to_end(stream)
        return found

    def put(self, stream: str, state: Any, version: int) -> None:
        self._states[stream] = (state, version)
        self._states.move_to_end(stream)
        if len(self._states) > self._most:
            self._states.popitem(last=False)

    def forget(self, stream: str) -> None:
        self._states.pop(stream, None)
