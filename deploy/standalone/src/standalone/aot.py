"""Kafka's classes, made ready ahead of time: halves the start of the broker.

The Java runtime writes such a cache at the end of a training run and checks at each start that
it still fits: a missing or stale one only costs time. `python -m standalone.aot` trains one.
"""

import hashlib
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from standalone import artifacts, java
from standalone.java import Java
from standalone.kafka import Kafka

# Writing the cache takes 5 to 8 s on an idle machine.
PATIENCE = 120


def cache_file(runtime: Java, jars: Sequence[Path]) -> Path:
    """Return where the cache for this runtime and these jars lies, made or not."""
    words = [str(runtime.command), str(runtime.version), *runtime.flags(), *map(str, jars)]
    fingerprint = hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]
    return artifacts.cache_folder() / f"kafka-{fingerprint}.aot"


def flags(runtime: Java, jars: Sequence[Path]) -> list[str]:
    """Return the flags that use the cache, none while there is none."""
    cache = cache_file(runtime, jars)
    return [f"-XX:AOTCache={cache}"] if cache.exists() else []


def is_missing() -> bool:
    """Say whether a cache is possible and has not been made."""
    runtime = java.find()
    return runtime.has_aot_cache and not cache_file(runtime, artifacts.kafka_paths()).exists()


def train() -> None:
    """Run a broker on an empty folder once, so that the runtime learns what it loads."""
    runtime = java.find()
    jars = artifacts.kafka_jars()
    cache = cache_file(runtime, jars)
    with tempfile.TemporaryDirectory(prefix="commontime-aot-") as name:
        folder = Path(name)
        # Beside its final place: a rename must not cross file systems.
        new = cache.with_suffix(f".{folder.name}")
        broker = Kafka(
            folder / "kafka",
            java=runtime,
            jars=jars,
            log=folder / "log",
            flags=[f"-XX:AOTCacheOutput={new}"],
        )
        try:
            broker.begin()
            broker.start()
            broker.wait_until_ready()
            broker.stop(PATIENCE)
            new.replace(cache)
        finally:
            broker.stop()
            new.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(train())
