"""Looks at the deployment while it is being broken: counters, memory, whether it is of use."""

import asyncio
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp
import psutil
import psycopg
from prometheus_client.parser import text_string_to_metric_families

from chaos.deployment import ChaosDeployment
from commontime_driver import at, free

# What must not have stayed at nothing: a run in which nothing was retried has shown nothing.
COUNTERS = {
    "inbox_duplicates_total": "duplicates",
    "inbox_gaps_total": "gaps",
    "inbox_refilled_total": "refilled",
    "inbox_retries_total": "retried",
    "inbox_dead_letters_total": "dead letters",
}
_LOOK_S = 0.7


@dataclass
class Watch:
    """`counted` goes on over restarts; `works_at` are instants at which a whole round worked."""

    deployment: ChaosDeployment
    counted: dict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))
    peak_bytes: dict[str, int] = field(default_factory=dict[str, int])
    works_at: list[float] = field(default_factory=list[float])
    facts: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    _last: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])

    async def look(self) -> None:
        """For ever, until cancelled."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as session:
            while True:
                replicas = self.deployment.replicas
                await asyncio.gather(*(self._look_at(session, r.name, r.url) for r in replicas))
                with suppress(psycopg.Error):
                    await asyncio.to_thread(self._look_at_facts)
                await asyncio.sleep(_LOOK_S)

    async def _look_at(self, session: aiohttp.ClientSession, name: str, url: str) -> None:
        replica = self.deployment.replica(name)
        with suppress(psutil.NoSuchProcess):
            if replica.child:
                used = psutil.Process(replica.child.pid).memory_info().rss
                self.peak_bytes[name] = max(used, self.peak_bytes.get(name, 0))
        try:
            async with session.get(f"{url}/metrics") as response:
                text = await response.text()
        except (TimeoutError, aiohttp.ClientError, OSError):
            return
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name in COUNTERS:
                    self._count(name, sample.name, str(sample.labels), sample.value)

    def _count(self, replica: str, metric: str, labels: str, value: float) -> None:
        """Counters begin again with their process."""
        before = self._last.get((replica, metric + labels), 0.0)
        self.counted[COUNTERS[metric]] += value - before if value >= before else value
        self._last[replica, metric + labels] = value

    def _look_at_facts(self) -> None:
        """What is in the stores, to be found there unchanged later (I5)."""
        for service in self.deployment.services:
            url = self.deployment.postgres.url(service.database)
            with psycopg.connect(url, connect_timeout=2) as connection:
                connection.execute("set statement_timeout = '2s'")
                for id_, digest in connection.execute(
                    "select id::text, hashtext(data::text) from events"
                    if service.name != "recommender"
                    else "select '', 0 where false"
                ):
                    self.facts.setdefault((service.name, id_), digest)

    async def use(self) -> None:
        """Go the whole way again and again: answer, recommendation, event."""
        async with aiohttp.ClientSession(
            self.deployment.url, timeout=aiohttp.ClientTimeout(total=1.5)
        ) as session:
            poll: dict[str, str] = {}
            for number in range(10**9):
                began = time.monotonic()
                with suppress(TimeoutError, aiohttp.ClientError, OSError, KeyError):
                    poll = poll or await self._opened(session)
                    if await self._goes_round(session, poll, number % 16):
                        self.works_at.append(began)
                await asyncio.sleep(0.25)

    async def _opened(self, session: aiohttp.ClientSession) -> dict[str, str]:
        window = {"start": at(0), "end": at(5)}
        body = {"title": "Probe", "window": window, "duration": "PT15M"}
        async with session.post("/api/v1/polls", json=body) as answer:
            made = await answer.json()
        path = f"/api/v1/polls/{made['id']}"
        token = {"Authorization": f"Bearer {made['capabilities']['answer']}"}
        body = {"name": "Probe"}
        async with session.post(f"{path}/participants", json=body, headers=token) as answer:
            joined = await answer.json()
        return {"path": path, "person": joined["id"], "edit": joined["capabilities"]["edit"]}

    async def _goes_round(
        self, session: aiohttp.ClientSession, poll: dict[str, str], number: int
    ) -> bool:
        token = {"Authorization": f"Bearer {poll['edit']}"}
        path = f"{poll['path']}/participants/{poll['person']}/schedule"
        body = {"intervals": [free(number / 4, number / 4 + 1)]}
        async with session.put(path, json=body, headers=token) as answer:
            if answer.status != 200:
                return False
            least = {"Commontime-Min-Sequence": answer.headers["Commontime-Sequence"]}
        path = f"{poll['path']}/recommendations"
        async with session.get(path, headers={**token, **least}) as answer:
            if answer.status != 200:
                return False
        body = {"title": "Probe", "starts_at": at(0)}
        async with session.post("/api/v1/events", json=body) as answer:
            return answer.status == 201
