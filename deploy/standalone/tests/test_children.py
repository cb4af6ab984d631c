"""Child processes: never left behind, started again, and their last words reported."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from standalone import processes
from standalone.child import Child, ChildFailed
from standalone.home import Home, Running
from standalone.leftovers import stop_leftovers
from standalone.supervision import Supervised
from standalone.testing import eventually

PARENT = """
import sys, time
from pathlib import Path
from standalone.child import Child
print(Child("sleeper", ["sleep", "60"], log=Path(sys.argv[1])).pid, flush=True)
time.sleep(60)
"""


# As the libraries do that have locks; what such a function raises is ignored.
TOLD_MEANWHILE = """
import os, signal, sys, time
from pathlib import Path
from standalone.child import Child
from standalone.signals import Stop, stop_on_signals
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGINT))
try:
    with stop_on_signals():
        Child("idle", ["true"], log=Path(sys.argv[1]))
except Stop as stop:
    print(stop)
"""


def test_who_is_told_to_stop_while_a_child_is_made_stops(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TOLD_MEANWHILE, tmp_path / "log"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (said.stdout, said.stderr) == ("SIGINT\n", "")


def test_a_child_hears_the_signals_its_parent_holds_back(tmp_path: Path) -> None:
    child = Child("sleeper", ["sleep", "60"], log=tmp_path / "log")
    child.stop(timeout=10)
    assert child.exit_code == -signal.SIGTERM


def test_a_child_dies_with_its_parent_even_when_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path / "log"], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert processes.is_alive(child)
        parent.kill()
    eventually(lambda: not processes.is_alive(child))


def test_a_failure_names_the_log_and_the_last_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = Child("The tool", ["sh", "-c", "echo first; echo last >&2; exit 3"], log=log)
    with pytest.raises(ChildFailed, match=rf"^The tool ended with code 3 \(see {log}\).* last$"):
        child.finish(timeout=5)


def test_a_child_that_ignores_the_request_is_killed_with_its_group(tmp_path: Path) -> None:
    deaf = 'trap "" TERM; sleep 60 & echo $!; wait'
    child = Child("Deaf", ["sh", "-c", deaf], log=tmp_path / "log")
    eventually(lambda: (tmp_path / "log").read_text().endswith("\n"))
    grandchild = int((tmp_path / "log").read_text())
    child.stop(timeout=0.05)
    assert child.exit_code == -signal.SIGKILL
    eventually(lambda: not processes.is_alive(grandchild))


def test_a_zombie_is_not_alive() -> None:
    with subprocess.Popen(["true"]) as ended:
        eventually(lambda: not processes.is_alive(ended.pid))


def test_what_died_is_started_again_and_told(tmp_path: Path) -> None:
    told: list[str] = []
    sleeper = Supervised(_starter(tmp_path, "sleep", "60"), told.append)
    assert sleeper.look() is False
    first = sleeper.child
    first.kill()
    assert sleeper.look() is True
    assert told == ["Sleeper ended (code -9); starting it again."]
    assert sleeper.child.pid != first.pid
    sleeper.child.kill()


def test_what_never_lives_long_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    failing = Supervised(_starter(tmp_path, "sh", "-c", "echo broken; exit 1"), lambda _: None)
    with pytest.raises(ChildFailed, match=r"broken$"):
        eventually(lambda: bool(failing.look(attempts=3)) and False)


def test_leftovers_of_a_home_are_stopped_and_strangers_are_not(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    idle = "import time; time.sleep(60)"
    with (
        subprocess.Popen([sys.executable, "-c", idle, home.folder]) as ours,
        subprocess.Popen([sys.executable, "-c", idle]) as stranger,
    ):
        children = {"ours": ours.pid, "reused number": stranger.pid}
        home.write_running(Running(os.getpid(), "", "", "", children))
        eventually(lambda: processes.mentions(ours.pid, str(home.folder)))
        assert stop_leftovers(home) == 1
        assert ours.wait() == -signal.SIGTERM
        assert stranger.poll() is None
        stranger.kill()
    assert home.running() is None


def _starter(folder: Path, *command: str) -> Callable[[], Child]:
    return lambda: Child("Sleeper", command, log=folder / "log")
