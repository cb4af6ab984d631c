"""Run every benchmark, or those that are named: `python -m benchmarks [name …]`.

Each runs in a process of its own, so that none inherits another's heat. The exit status says
whether every target was met.
"""

import os
import subprocess
import sys
from pathlib import Path

_NO_BENCHMARKS = {
    "__init__",
    "__main__",
    "cloning",
    "identity_served",
    "outstanding",
    "polls",
    "recommender_live",
    "recommender_served",
    "report",
    "servers",
    "storage",
    "weights",
}
# What is measured is how fast they are, not when they refuse.
_UNLIMITED = {"RATE_LIMIT_PER_ADDRESS": "off", "RATE_LIMIT_PER_CREDENTIAL": "off"}


def main(names: list[str]) -> int:
    files = {file.stem for file in Path(__file__).parent.glob("*.py")} - _NO_BENCHMARKS
    known = sorted(name for name in files if not name.endswith("_baseline"))
    names = [name.replace("-", "_") for name in names]
    unknown = set(names) - set(known)
    if unknown:
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there is {', '.join(known)}.")
        return 2
    failed = [name for name in names or known if _run(name) != 0]
    if failed:
        print(f"Targets were missed by: {', '.join(failed)}.")
    return 1 if failed else 0


def _run(name: str) -> int:
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    return subprocess.run(command, env={**os.environ, **_UNLIMITED}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
