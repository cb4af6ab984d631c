"""given / when / then for deciders."""

from collections.abc import Sequence
from functools import reduce
from typing import Generic, TypeVar

import pytest

from contracts.fact import Fact
from eventstore.transact import Decider

S = TypeVar("S")
C = TypeVar("C")
F = TypeVar("F", bound=Fact)


class Spec(Generic[S, C, F]):
    """Sentences about one decider: `Spec(decider).given(…).when(…).then(…)`."""

    def __init__(self, decider: Decider[S, C, F], given: Sequence[F] = ()) -> None:
        self._decider = decider
        self._given = given

    def given(self, *facts: F) -> "Spec[S, C, F]":
        return Spec(self._decider, facts)

    def when(self, command: C) -> "When[S, C, F]":
        return When(self._decider, self._given, command)


class When(Generic[S, C, F]):
    """A command on what was given; exactly one of the `then…` checks what it leads to."""

    def __init__(self, decider: Decider[S, C, F], given: Sequence[F], command: C) -> None:
        self._decider, self._given, self._command = decider, given, command

    def then(self, *facts: F) -> None:
        assert list(self._decide()) == list(facts)

    def then_nothing(self) -> None:
        assert not self._decide()

    def then_rejected(self, reason: type[Exception]) -> None:
        with pytest.raises(reason):
            self._decide()

    def _decide(self) -> Sequence[F]:
        decider = self._decider
        return decider.decide(reduce(decider.evolve, self._given, decider.initial()), self._command)
