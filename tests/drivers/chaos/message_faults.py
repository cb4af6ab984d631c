"""What is done to messages: lost, repeated, sent again, poisoned; and to those who get webhooks."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import psycopg

from chaos.broker import ByHand
from chaos.deployment import ChaosDeployment
from chaos.lost_messages import hold_back, let_go
from chaos.plan import Fault
from chaos.receiver import Mood, Receiver
from contracts.topics import ALL


@dataclass
class MessageFaults:
    deployment: ChaosDeployment
    receiver: Receiver
    by_hand: ByHand

    async def lose(self, fault: Fault) -> None:
        await until_done(lambda: hold_back(self.deployment, fault.victim))
        await asyncio.sleep(fault.length)
        await until_done(lambda: let_go(self.deployment, fault.victim))

    async def repeat(self, fault: Fault) -> None:
        await until_done(lambda: self.by_hand.repeat(fault.victim))

    async def poison(self, fault: Fault) -> None:
        await until_done(lambda: self.by_hand.poisons(fault.victim))

    async def poison_key(self, fault: Fault) -> None:
        (owner,) = (topic.owner for topic in ALL if topic.name == fault.victim)
        newest = "select key, sequence from keys order by updated_at desc limit 3"
        url = self.deployment.postgres.url(owner.replace("-", "_"))

        def poison() -> None:
            with psycopg.connect(url, connect_timeout=5) as connection:
                for key, sequence in connection.execute(newest).fetchall():
                    self.by_hand.poisons_key(fault.victim, key, sequence + 1)

        await until_done(poison)

    async def republish(self, fault: Fault) -> None:
        replica = self.deployment.of(fault.victim)[0]
        url = f"{replica.url}/internal/v1/republish"
        token = {"Authorization": f"Bearer {self.deployment.service_token}"}
        await until_done(
            lambda: httpx.post(url, json={}, headers=token, timeout=10).raise_for_status()
        )

    async def partner(self, fault: Fault) -> None:
        moods: tuple[Mood, ...] = ("fails", "hangs", "drops acknowledgements")
        self.receiver.mood = next(mood for mood in moods if fault.kind.endswith(mood))
        await asyncio.sleep(fault.length)
        self.receiver.mood = "well"


async def until_done(work: Callable[[], object], patience: float = 60) -> None:
    """Try again for a while: another fault may be in the way of this one."""
    deadline = time.monotonic() + patience
    while True:
        try:
            await asyncio.to_thread(work)
        except Exception:  # whatever client it was: its server may be away just now
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.5)
        else:
            return
