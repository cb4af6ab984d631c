"""Planted bugs: each is one change to a copy of our sources, and the checks must find it."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True)
class Mutant:
    """In `file` of `package` the text `old` stands once, and becomes `new`."""

    package: str
    file: str
    old: str
    new: str
    found_by: tuple[str, ...]
    kinds: tuple[str, ...]

    def plant(self, folder: Path) -> Path:
        """Copy the package into `folder`, with the bug; return what to put on the path first."""
        spec = find_spec(self.package)
        assert spec is not None
        assert spec.origin is not None
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(spec.origin).parent, folder / self.package, ignore=ignored)
        path = folder / self.package / self.file
        text = path.read_text()
        assert text.count(self.old) == 1, f"{self.file} does not hold it once: {self.old}"
        path.write_text(text.replace(self.old, self.new))
        return folder


MUTANTS: Mapping[str, Mutant] = {
    "seen before applied": Mutant(
        "inbox",
        "fact_door.py",
        """            if received := _received(plan.facts):
                await self._apply(conn, received)
            await seen.advance(conn, plan.sequences)
""",
        """            await seen.advance(conn, plan.sequences)
        import asyncio
        await asyncio.sleep(0.1)
        async with self._pool.connection() as conn, conn.transaction():
            if received := _received(plan.facts):
                await self._apply(conn, received)
""",
        ("I6", "I7", "I8"),
        ("kill service", "kill replica", "end connections", "kill postgres"),
    ),
    "duplicates applied": Mutant(
        "inbox",
        "plan.py",
        "if fact.sequence <= last:",
        "if False:",
        ("I6", "I7", "I8", "I10", "I15"),
        ("repeat messages", "republish"),
    ),
    "answers not kept": Mutant(
        "eventstore",
        "batch.py",
        """    request = None
    if keep:
""",
        """    request = None
    keep = None
    if keep:
""",
        ("I2",),
        ("kill service", "kill postgres"),
    ),
    "timer fires early": Mutant(
        "event_lifecycle",
        "claim_completions.sql",
        "where t.due_at <= now() and",
        "where t.due_at <= now() + interval '0.5 seconds' and",
        ("I11",),
        ("kill replica",),
    ),
    "timer stays": Mutant(
        "event_lifecycle",
        "claim_completions.sql",
        """    delete from timers where key = any(array(select d.key from due d))
    returning key, due_at
""",
        """    select t.key, t.due_at from timers t
    where t.key = any(array(select d.key from due d))
""",
        ("I6", "I10", "I11"),
        ("kill replica",),
    ),
    "outbox emptied before Kafka has it": Mutant(
        "eventstore",
        "relay.py",
        """            if batch.messages:
                await self._publish(connection, publisher, batch)
""",
        """            if batch.messages:
                await waiting.exchange(batch)
                await self._publish(connection, publisher, batch)
""",
        ("I3",),
        ("kill kafka", "cut kafka", "hang kafka"),
    ),
}
