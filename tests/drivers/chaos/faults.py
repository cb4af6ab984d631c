"""Carries a plan out on a deployment: each fault begins, lasts and is healed."""

import asyncio
import os
import signal
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

from chaos.broker import ByHand
from chaos.deployment import ChaosDeployment
from chaos.message_faults import MessageFaults
from chaos.plan import Fault
from chaos.receiver import Receiver
from separate_processes import PATIENCE, Replica
from standalone.testing import eventually

_SLOW_S, _DRAINED_WITHIN_S = 0.15, 30
_JUMP = "+90"
_END_ALL = """select pg_terminate_backend(pid) from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid()"""
_LIBRARIES = Path("/usr/lib")


def faketime_library() -> Path | None:
    """What can tell a process another time, where the machine has it."""
    found = sorted(_LIBRARIES.glob("**/faketime/libfaketime.so.1"))
    return found[0] if found else None


@dataclass
class Faults:
    """`ended` says when each fault was healed, by this machine's monotonic clock."""

    deployment: ChaosDeployment
    receiver: Receiver
    by_hand: ByHand
    ended: list[tuple[Fault, float]] = field(default_factory=list[tuple[Fault, float]])
    failed: list[str] = field(default_factory=list[str])
    _turns: dict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict[str, asyncio.Lock](asyncio.Lock)
    )

    async def carry_out(self, plan: Iterable[Fault], began: float) -> None:
        """All of them, at their instants after `began`."""
        await asyncio.gather(*(self._live(fault, began) for fault in plan))

    async def _live(self, fault: Fault, began: float) -> None:
        await asyncio.sleep(max(0, began + fault.at - time.monotonic()))
        try:
            # A busy machine is slower than the plan: nobody breaks what is not whole again.
            async with self._turns[turn_of(fault.victim)]:
                await self._ways[fault.kind](fault)
        except Exception as error:  # one that fails must not leave the others unhealed
            self.failed.append(f"{fault} was not carried out: {type(error).__name__}: {error}")
            self.deployment.heal_connections()
        self.ended.append((fault, time.monotonic()))

    @property
    def _messages(self) -> MessageFaults:
        return MessageFaults(self.deployment, self.receiver, self.by_hand)

    @property
    def _ways(self) -> dict[str, Callable[[Fault], Awaitable[None]]]:
        return {
            "kill replica": self._kill,
            "kill service": self._kill,
            "hang replica": self._hang_replica,
            "drain replica": self._drain,
            "rebalance storm": self._storm,
            "clock jumps": self._jump,
            "kill postgres": self._kill_postgres,
            "hang postgres": self._hang_postgres,
            "end connections": self._end_connections,
            "cut database": self._proxied,
            "hang database": self._proxied,
            "slow database": self._proxied,
            "kill kafka": self._kill_kafka,
            "hang kafka": self._hang_kafka,
            "cut kafka": self._proxied,
            "hang kafka connections": self._proxied,
            "slow kafka": self._proxied,
            "lose messages": self._messages.lose,
            "repeat messages": self._messages.repeat,
            "republish": self._messages.republish,
            "poison": self._messages.poison,
            "poison a living key": self._messages.poison_key,
            "partner fails": self._messages.partner,
            "partner hangs": self._messages.partner,
            "partner drops acknowledgements": self._messages.partner,
        }

    def _victims(self, fault: Fault) -> list[Replica]:
        replicas = self.deployment.replicas
        return [r for r in replicas if fault.victim in (r.name, r.service.name)]

    async def _kill(self, fault: Fault) -> None:
        for replica in self._victims(fault):
            self.deployment.kill(replica)
        await asyncio.sleep(fault.length)
        for replica in self._victims(fault):
            self.deployment.run(replica)

    async def _hang_replica(self, fault: Fault) -> None:
        (replica,) = self._victims(fault)
        assert replica.child
        os.killpg(replica.child.pid, signal.SIGSTOP)
        await asyncio.sleep(fault.length)
        os.killpg(replica.child.pid, signal.SIGCONT)

    async def _drain(self, fault: Fault) -> None:
        (replica,) = self._victims(fault)
        assert replica.child
        # What does not end in time, as with Kafka away, gives up by itself.
        await asyncio.to_thread(replica.child.stop, _DRAINED_WITHIN_S)
        self.deployment.run(replica)

    async def _storm(self, fault: Fault) -> None:
        """One consumer leaves and comes back, again and again."""
        deadline = time.monotonic() + fault.length
        while time.monotonic() < deadline:
            await self._drain(fault)
            (replica,) = self._victims(fault)
            await asyncio.to_thread(eventually, replica.is_ready, PATIENCE)

    async def _jump(self, fault: Fault) -> None:
        (replica,) = self._victims(fault)
        clock = clock_of(self.deployment, replica.name)
        clock.write_text(_JUMP)
        await asyncio.sleep(fault.length)
        clock.write_text("+0")

    async def _kill_postgres(self, fault: Fault) -> None:
        self.deployment.kill_postgres()
        await asyncio.sleep(fault.length)
        self.deployment.postgres.start()
        await asyncio.to_thread(self.deployment.postgres.wait_until_ready)

    async def _hang_postgres(self, fault: Fault) -> None:
        assert self.deployment.postgres.child
        await self._stopped(psutil.Process(self.deployment.postgres.child.pid), fault.length)

    async def _kill_kafka(self, fault: Fault) -> None:
        assert self.deployment.kafka.child
        self.deployment.kafka.child.kill()
        await asyncio.sleep(fault.length)
        self.deployment.kafka.start()
        await asyncio.to_thread(self.deployment.kafka.wait_until_ready)

    async def _hang_kafka(self, fault: Fault) -> None:
        assert self.deployment.kafka.child
        await self._stopped(psutil.Process(self.deployment.kafka.child.pid), fault.length)

    async def _stopped(self, server: psutil.Process, seconds: float) -> None:
        """The server first: one that is stopped starts no other process."""
        server.suspend()
        processes = server.children(recursive=True)
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        await asyncio.sleep(seconds)
        for process in (*processes, server):
            with suppress(psutil.NoSuchProcess):
                process.resume()

    async def _proxied(self, fault: Fault) -> None:
        deployment = self.deployment
        proxy = deployment.database_proxies.get(fault.victim, deployment.kafka_proxy)
        what = fault.kind.partition(" ")[0]
        {"cut": proxy.cut, "hang": proxy.hang, "slow": lambda: proxy.slow(_SLOW_S)}[what]()
        await asyncio.sleep(fault.length)
        proxy.heal()

    async def _end_connections(self, fault: Fault) -> None:
        deadline = time.monotonic() + fault.length
        while time.monotonic() < deadline:
            with suppress(psycopg.OperationalError):
                await asyncio.to_thread(self._end_all)
            await asyncio.sleep(0.5)

    def _end_all(self) -> None:
        with psycopg.connect(self.deployment.postgres.url(), autocommit=True) as connection:
            connection.execute(_END_ALL)


def turn_of(victim: str) -> str:
    """The name under which a service and its replicas are broken one at a time."""
    service, _, number = victim.rpartition("-")
    return service if number.isdigit() else victim


def clock_of(deployment: ChaosDeployment, replica: str) -> Path:
    """The file that says how far the replica's clock is off."""
    return deployment.folder / f"{replica}.clock"
