"""A bounded memory: what was not used for the longest time goes first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class RecentlyUsed(Generic[K, V]):
    """Holds values whose sizes add up to at most `capacity`; a larger one is not kept at all."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._held: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.size = 0

    def get(self, key: K) -> V | None:
        found = self._held.get(key)
        if found is None:
            return None
        self._held.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, size: int = 1) -> None:
        """Keeps a value, in place of the one before; `size` in the capacity's unit."""
        self.drop(key)
        if size > self._capacity:
            return
        self._held[key] = (value, size)
        self.size += size
        while self.size > self._capacity:
            _, (_, freed) = self._held.popitem(last=False)
            self.size -= freed

    def drop(self, key: K) -> None:
        _, freed = self._held.pop(key, (None, 0))
        self.size -= freed

    def drop_if(self, unwanted: Callable[[K], bool]) -> None:
        for key in [key for key in self._held if unwanted(key)]:
            self.drop(key)

    def clear(self) -> None:
        self._held.clear()
        self.size = 0

    def __len__(self) -> int:
        return len(self._held)
