"""Says what an image is made of, for `python.Dockerfile`.

`python third_party.py …`

- `packages uv`: the named packages of others;
- `members service`: the folders of ours that the one in `service` needs, itself included;
- `required service`: what these require of others.

Packages come with versions and hashes of `requirements.lock`. What they need in turn is held by
the same file as constraints: pip's `--require-hashes` refuses whatever it does not name.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

_ENTRY = re.compile(r"^([\w.-]+)(==(?:.*\\\n)*.*)$", re.MULTILINE)
_REQUIREMENT = re.compile(r"([\w.-]+)(\[[\w,-]+\])?")


def main(kind: str, words: list[str]) -> None:
    if kind == "packages":
        lines = _locked(words)
    elif kind == "members":
        lines = (f"./{folder}" for folder in _members(Path(words[0])))
    else:
        lines = _locked(_required(Path(words[0])))
    sys.stdout.write("\n".join(lines) + "\n")


def _members(service: Path) -> list[Path]:
    shared = {folder.name: folder for folder in (Path("contracts"), *Path("libs").iterdir())}
    found: list[Path] = []
    waiting = [service]
    while waiting:
        folder = waiting.pop()
        found.append(folder)
        needed = [shared[name] for name in _dependencies(folder) if name in shared]
        waiting += [one for one in needed if one not in found and one not in waiting]
    return found


def _required(service: Path) -> list[str]:
    members = _members(service)
    ours = {folder.name for folder in members}
    return sorted({one for folder in members for one in _dependencies(folder)} - ours)


def _dependencies(folder: Path) -> list[str]:
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]["dependencies"]


def _locked(requirements: Iterable[str]) -> Iterator[str]:
    entries: list[tuple[str, str]] = _ENTRY.findall(Path("requirements.lock").read_text())
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        name, extras = (match[1], match[2] or "") if match else (requirement, "")
        # More than one where versions differ by Python or platform.
        found = [f"{name}{extras}{rest}" for locked, rest in entries if locked == name]
        if not found:
            raise SystemExit(f"requirements.lock does not name {name}: run `make lock`.")
        yield from found


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
