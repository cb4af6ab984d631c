"""The planted bugs fit the sources: one that is not there any more would be found by nobody."""

from pathlib import Path

import pytest

from chaos.mutants import MUTANTS
from chaos.plan import KINDS


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_bug_is_in_the_copy_and_not_in_the_source(name: str, tmp_path: Path) -> None:
    mutant = MUTANTS[name]
    planted = mutant.plant(tmp_path) / mutant.package / mutant.file
    assert mutant.new in planted.read_text()
    assert set(mutant.kinds) <= KINDS.keys()
