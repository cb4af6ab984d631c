"""Read, fold, decide, append: how a command takes effect."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic, Protocol, TypeVar, cast

from contracts.fact import Fact
from eventstore.batch import AlreadyAnswered, Conflict, Within
from eventstore.idempotency import IdempotentRequest, Keep
from eventstore.recorded import Recorded
from eventstore.sealing import Answer
from eventstore.store import EventStore

S = TypeVar("S")
C = TypeVar("C")
F = TypeVar("F", bound=Fact)
C_contra = TypeVar("C_contra", contravariant=True)


class Decider(Protocol[S, C_contra, F]):
    """Satisfied by a plain module that has these three functions."""

    def initial(self) -> S: ...
    def evolve(self, state: S, fact: F, /) -> S: ...
    def decide(self, state: S, command: C_contra, /) -> Sequence[F]: ...


class VersionMismatch(Exception):
    """This is no longer the version the request was made for."""

    def __init__(self, actual: int) -> None:
        """Say the stream's version now, `actual`."""
        super().__init__(f"This is at version {actual} now, not the one the request was made for.")
        self.actual = actual


@dataclass(frozen=True)
class Outcome(Generic[S]):
    """What became of a command.

    `state`, `version` and `sequence` (the key's) are those after it; of a replayed request `state`
    is that of the stream as it is now, `version` the one of then. `recorded` is empty where
    nothing changed.
    """

    state: S
    version: int
    sequence: int
    recorded: tuple[Recorded, ...]
    answer: Answer
    replayed: bool


@dataclass(frozen=True)
class _Command(Generic[S, C, F]):
    """One command on its way, with everything that is the same in each attempt."""

    store: EventStore
    decider: Decider[S, C, F]
    stream: str
    command: C
    key: str
    answer: Callable[[S, int], Answer]
    expected_version: int | None
    request: IdempotentRequest | None
    metadata: Mapping[str, Any] | None
    within: Within | None
    is_new: bool

    async def attempt(self) -> Outcome[S]:
        """On the stream as it is stored."""
        if self.request and (replay := await self.store.kept(self.request)):
            state, _ = await load(self.store, self.decider, self.stream)
            return Outcome(state, replay.version, replay.sequence, (), replay.answer, True)
        state, version = await load(self.store, self.decider, self.stream)
        if self.expected_version not in (None, version):
            raise VersionMismatch(version)
        facts = self.decider.decide(state, self.command)
        return await (self._change(state, version, facts) if facts else self._keep(state, version))

    async def attempt_as_remembered(self) -> Outcome[S] | None:
        """On the stream as it is known here; None where only the stored one can tell.

        Whether a command is refused or changes nothing must not hang on an old state, and a
        decision on an old state does not pass the append.
        """
        remembered = self.store.remembered.get(self.stream)
        if remembered is None and self.is_new:
            remembered = (self.decider.initial(), 0)
        if remembered is None or self.expected_version not in (None, remembered[1]):
            return None
        state, version = cast("tuple[S, int]", remembered)
        try:
            facts = self.decider.decide(state, self.command)
        except Exception:  # a refusal: the decider's own, to be repeated on the stored state
            return None
        if not facts or (self.request and await self.store.look_up(self.request)):
            return None
        try:
            return await self._change(state, version, facts)
        except (Conflict, AlreadyAnswered):
            self.store.remembered.forget(self.stream)
            return None

    async def _change(self, state: S, version: int, facts: Sequence[F]) -> Outcome[S]:
        state = reduce(self.decider.evolve, facts, state)
        answer = self.answer(state, version + len(facts))
        appended = await self.store.append(
            self.stream,
            version,
            facts,
            key=self.key,
            metadata=self.metadata,
            answer=Keep(self.request, answer) if self.request else None,
            within=self.within,
        )
        self.store.remembered.put(self.stream, state, appended.version)
        return Outcome(state, appended.version, appended.sequence, appended.recorded, answer, False)

    async def _keep(self, state: S, version: int) -> Outcome[S]:
        answer = self.answer(state, version)
        if self.request:
            keep = Keep(self.request, answer)
            await self.store.remember(keep, stream=self.stream, version=version, key=self.key)
        return Outcome(state, version, await self.store.head(self.key), (), answer, False)


async def transact(
    store: EventStore,
    decider: Decider[S, C, F],
    stream: str,
    command: C,
    *,
    key: str,
    answer: Callable[[S, int], Answer],
    expected_version: int | None = None,
    request: IdempotentRequest | None = None,
    metadata: Mapping[str, Any] | None = None,
    within: Within | None = None,
    is_new: bool = False,
    attempts: int = 5,
) -> Outcome[S]:
    """Let `decider` decide `command` on the stream as it is, and start over when it moved.

    `answer` makes the answer of the state and version afterwards. With a `request` it is kept,
    and given again instead of deciding when the same request comes back. A command that changes
    nothing stores nothing and runs no `within`. Of a stream that `is_new`, because its id was made
    for this command, nothing is read.

    Raises:
        VersionMismatch: the stream is not at `expected_version`.
        KeyReused, InFlight: `request` is another one's, or is being answered.
        Conflict: the stream moved during each of `attempts`.
        Exception: whatever `decide`, `within` and `EventStore.append` raise.
    """
    under_way = _Command(
        store,
        decider,
        stream,
        command,
        key,
        answer,
        expected_version,
        request,
        metadata,
        within,
        is_new,
    )
    with store.answering(request) if request else nullcontext():
        if outcome := await under_way.attempt_as_remembered():
            return outcome
        for _ in range(attempts - 1):
            try:
                return await under_way.attempt()
            except (Conflict, AlreadyAnswered):
                continue
        return await under_way.attempt()


async def load(store: EventStore, decider: Decider[S, Any, F], stream: str) -> tuple[S, int]:
    """The state and version of a stream, folded from its facts."""
    recorded = await store.read(stream)
    facts = (cast(F, one.fact) for one in recorded)  # a stream holds its own decider's facts
    return reduce(decider.evolve, facts, decider.initial()), len(recorded)
