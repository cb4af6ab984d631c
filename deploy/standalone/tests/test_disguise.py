"""PostgreSQL refuses to run as root: what is done about it when we are."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from standalone import disguise
from standalone.disguise import CLONE_NEWUSER

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to disguise itself")

# A root that may not make user namespaces, like one in a hardened container.
FORBIDDING = f"""
import ctypes, os, sys
go, ready = os.pipe(), os.pipe()
child = os.fork()
if child:
    os.read(ready[0], 1)
    for kind in ("uid_map", "gid_map"):
        open(f"/proc/{{child}}/{{kind}}", "w").write("0 0 65536")
    os.write(go[1], b"x")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
assert ctypes.CDLL(None).unshare({CLONE_NEWUSER}) == 0
os.write(ready[1], b"x")
os.read(go[0], 1)
open("/proc/sys/user/max_user_namespaces", "w").write("0")
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1], *sys.argv[2:]])
"""

START_AND_STOP = """
import os, sys
from pathlib import Path
from standalone.postgres import Postgres
folder = Path(sys.argv[1])
for _ in range(2):
    server = Postgres(folder / "postgres", password="p", log=folder / "log")
    server.begin()
    server.start()
    server.wait_until_ready()
    owner = os.stat(f"/proc/{server.child.pid}").st_uid
    server.stop()
print(owner)
"""


@AS_ROOT
def test_in_a_namespace_the_server_works_in_folders_only_root_may_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    shown = _run(sys.executable, "-c", START_AND_STOP, str(tmp_path))
    assert shown == "0"
    assert (tmp_path / "postgres" / "PG_VERSION").stat().st_uid == 0


@AS_ROOT
def test_where_namespaces_are_forbidden_the_server_is_nobody(tmp_path: Path) -> None:
    shared = disguise.shared_folder(tmp_path / "postgres")
    try:
        shown = _run(sys.executable, "-c", FORBIDDING, START_AND_STOP, str(tmp_path))
        assert shown != "0"
        assert (shared / "postgres" / "PG_VERSION").exists()
        assert not (tmp_path / "postgres").exists()
        # Once there, the data is found there, also when namespaces have become possible.
        assert _run(sys.executable, "-c", START_AND_STOP, str(tmp_path)) == shown
    finally:
        shutil.rmtree(shared, ignore_errors=True)


def test_who_is_not_root_needs_no_disguise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    chosen = disguise.choose(Path("/programs"), tmp_path)
    assert chosen.before is None
    assert (chosen.programs, chosen.data) == (Path("/programs"), tmp_path)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
