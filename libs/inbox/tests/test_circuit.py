"""A service that does not answer is spared for a while."""

import asyncio

from inbox.circuit import Circuit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def opened(patience: float = 60.0) -> tuple[Circuit, Clock]:
    clock = Clock()
    circuit = Circuit(threshold=2, cooling=1.0, patience=patience, clock=clock)
    circuit.failed()
    assert not await circuit.refuses()
    circuit.failed()
    return circuit, clock


async def test_it_refuses_after_failures_in_a_row() -> None:
    circuit, _ = await opened()
    assert await circuit.refuses()


async def test_it_lets_one_through_when_it_has_cooled_down() -> None:
    circuit, clock = await opened(patience=0.01)
    clock.now = 1.0
    assert not await circuit.refuses()
    assert await circuit.refuses()


async def test_it_closes_with_the_first_success() -> None:
    circuit, clock = await opened()
    clock.now = 1.0
    assert not await circuit.refuses()
    circuit.succeeded()
    assert not await circuit.refuses()
    circuit.failed()
    assert not await circuit.refuses()


async def test_all_who_come_while_one_asks_again_hear_what_it_learns() -> None:
    for learns, refused in ((Circuit.succeeded, False), (Circuit.failed, True)):
        circuit, clock = await opened()
        clock.now = 1.0
        assert not await circuit.refuses()
        others = [asyncio.create_task(circuit.refuses()) for _ in range(3)]
        await asyncio.sleep(0)
        assert not any(other.done() for other in others)
        learns(circuit)
        assert await asyncio.gather(*others) == [refused] * 3


async def test_one_that_asks_and_never_tells_is_followed_by_the_next() -> None:
    circuit, clock = await opened(patience=0.01)
    clock.now = 1.0
    assert not await circuit.refuses()
    clock.now = 2.0
    assert not await circuit.refuses()
    circuit.succeeded()
    assert not await circuit.refuses()
