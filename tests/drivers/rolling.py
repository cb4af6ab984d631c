"""One replica after the other is replaced, as Kubernetes would: the next when this one is ready."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from separate_processes import PATIENCE, Replica, SeparateProcesses
from standalone.testing import eventually
from versions import Version

GRACE_S = 20


@dataclass(frozen=True)
class Replaced:
    """What was seen of a replica from outside: its exit code, and times in seconds."""

    name: str
    code: int | None
    to_end: float
    to_be_ready: float


async def replace(
    deployment: SeparateProcesses, replica: Replica, version: Version | None = None
) -> Replaced:
    """Stop a replica in order and start it again, from then on with the code of `version`."""
    assert replica.child
    told = perf_counter()
    replica.child.ask_to_stop()
    await asyncio.to_thread(eventually, lambda: not _runs(replica), GRACE_S)
    ended, code = perf_counter(), replica.child.exit_code
    replica.version = version or replica.version
    deployment.run(replica)
    await asyncio.to_thread(eventually, replica.is_ready, PATIENCE)
    return Replaced(replica.name, code, ended - told, perf_counter() - ended)


async def replace_all(
    deployment: SeparateProcesses, services: Sequence[str], version: Version | None = None
) -> list[Replaced]:
    """Every replica of these services, in this order."""
    return [
        await replace(deployment, replica, version)
        for service in services
        for replica in deployment.of(service)
    ]


def _runs(replica: Replica) -> bool:
    return replica.child is not None and replica.child.is_running
