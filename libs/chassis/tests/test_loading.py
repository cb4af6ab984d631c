"""A program is loaded without looking for garbage, and collects it when it runs."""

import subprocess
import sys
from pathlib import Path

LARGE = """
import gc
collects = gc.isenabled()

def main():
    print("while it is loaded:", collects)
    print("when it runs:", gc.isenabled())
    print("what was loaded is looked through:", not gc.get_freeze_count())
"""
PROGRAM = "from chassis.loading import load_and_run; load_and_run('large')"


def test_garbage_is_collected_when_a_program_runs_and_not_while_it_is_loaded(
    tmp_path: Path,
) -> None:
    (tmp_path / "large.py").write_text(LARGE)
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.splitlines() == [
        "while it is loaded: False",
        "when it runs: True",
        "what was loaded is looked through: False",
    ]
