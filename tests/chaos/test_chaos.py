"""Commontime is broken by a plan while people use it, and holds what it promises."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.faults import faketime_library
from chaos.mutants import MUTANTS
from chaos.plan import KINDS, make_plan
from chaos.report import failures, nothing_shown, write
from chaos.run import run_seed

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "benchmarks" / "out" / "chaos.json"
SHORT_S, LONG_S = 28.0, 60.0
pytestmark = pytest.mark.infrastructure


@pytest.fixture
def sources() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="commontime-mutant-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def kinds() -> list[str]:
    """Machines without faketime leave clock jumps out; where `CI` is set it must be there."""
    known = list(KINDS)
    if faketime_library() is None and not os.environ.get("CI"):
        known.remove("clock jumps")
    return known


def test_eight_kinds_of_faults_in_half_a_minute_break_nothing() -> None:
    report = run_seed(0, make_plan(0, 8, SHORT_S, kinds()), SHORT_S)
    assert report.violations == []
    assert report.unanswered == 0
    # So few faults cannot show everything; these they always do.
    assert not {"duplicates", "refilled", "replayed answers"} & nothing_shown(report)


@pytest.mark.soak
def test_a_hundred_faults_over_ten_seeds_break_nothing() -> None:
    reports = [run_seed(seed, make_plan(seed, 10, LONG_S, kinds()), LONG_S) for seed in range(10)]
    write(reports, OUT)
    assert failures(reports) == []


@pytest.mark.soak
@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_bug_is_found(name: str, sources: Path) -> None:
    mutant = MUTANTS[name]
    plan = make_plan(1, 6, 30, mutant.kinds)
    report = run_seed(1, plan, 30, sources=mutant.plant(sources))
    found = {violation.partition(":")[0] for violation in report.violations}
    assert found & set(mutant.found_by), report.violations
