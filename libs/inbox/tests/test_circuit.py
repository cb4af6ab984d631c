"""A service that does not answer is spared for a while."""

from inbox.circuit import Circuit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def opened() -> tuple[Circuit, Clock]:
    clock = Clock()
    circuit = Circuit(threshold=2, cooling=1.0, clock=clock)
    circuit.failed()
    assert not circuit.refuses()
    circuit.failed()
    return circuit, clock


def test_it_refuses_after_failures_in_a_row() -> None:
    circuit, _ = opened()
    assert circuit.refuses()


def test_it_lets_one_through_when_it_has_cooled_down() -> None:
    circuit, clock = opened()
    clock.now = 1.0
    assert not circuit.refuses()
    assert circuit.refuses()


def test_it_closes_with_the_first_success() -> None:
    circuit, clock = opened()
    clock.now = 1.0
    assert not circuit.refuses()
    circuit.succeeded()
    assert not circuit.refuses()
    circuit.failed()
    assert not circuit.refuses()
