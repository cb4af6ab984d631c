"""How PostgreSQL is run when we are root, which it refuses: inside a user namespace, or as nobody.

In a user namespace the server believes that it is an ordinary user, while every file still
belongs to root: folders that only root may enter need no change. Where namespaces are forbidden
it becomes the user `nobody`, with its data and a copy of its programs in a folder nobody may enter.
"""

import ctypes
import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CLONE_NEWUSER = 0x10000000
SHARED_ROOT = Path("/var/lib/commontime")


@dataclass(frozen=True)
class Disguise:
    """What a process does before it becomes the server, and where server and data then lie."""

    before: Callable[[], None] | None
    programs: Path
    data: Path
    own: Callable[[Path], None]


def choose(programs: Path, data: Path) -> Disguise:
    """Return how to run the PostgreSQL under `programs` (its prefix) on the folder `data`."""
    if os.geteuid() != 0:
        return Disguise(None, programs, data, _keep_owner)
    shared = shared_folder(data)
    # Once the data lies there it stays there, also when namespaces have become possible.
    if not (shared / data.name).exists() and _works_in_namespace(programs, data):
        return Disguise(enter_namespace, programs, data, _keep_owner)
    return _as_nobody(programs, shared, data.name)


def enter_namespace() -> None:
    """Become user 1000 of a namespace of our own; outside it we stay who we are."""
    library = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    if library.unshare(CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "user namespaces are forbidden")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"1000 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"1000 {gid} 1")


def _works_in_namespace(programs: Path, data: Path) -> bool:
    """Try it: containers and hardened kernels forbid it, and so do folders of other users."""

    def enter_and_look() -> None:
        enter_namespace()
        if not os.access(data.parent, os.W_OK | os.X_OK):
            raise PermissionError(data.parent)

    command = [programs / "bin" / "postgres", "--version"]
    try:
        subprocess.run(command, preexec_fn=enter_and_look, check=True, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def shared_folder(data: Path) -> Path:
    """Return where the data of `data` lies when the server is `nobody`: every home has its own."""
    return SHARED_ROOT / hashlib.sha256(str(data).encode()).hexdigest()[:16]


def _as_nobody(programs: Path, folder: Path, data: str) -> Disguise:
    nobody = pwd.getpwnam("nobody")
    copy = _copy_programs(programs, folder)

    def become_nobody() -> None:
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)

    def own(path: Path) -> None:
        os.chown(path, nobody.pw_uid, nobody.pw_gid)

    return Disguise(become_nobody, copy, folder / data, own)


def _copy_programs(programs: Path, folder: Path) -> Path:
    """Copy the wheel's tree, and its libraries beside it, to where everyone may read them."""
    site = programs.parent.parent
    copy, partial = folder / "programs", folder / "programs.partial"
    if not copy.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
        for tree in site.glob(f"{programs.parent.name}*"):
            if not tree.name.endswith(".dist-info"):
                shutil.copytree(tree, partial / tree.name, symlinks=True)
        for path in (folder.parent, folder, partial, *partial.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755)
        partial.rename(copy)
    return copy / programs.relative_to(site)


def _keep_owner(path: Path) -> None:
    """Files already belong to whom they should."""
