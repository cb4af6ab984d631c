"""One seed: start everything, break it by the plan under load, heal, wait, check."""

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import httpx

from chaos.broker import ByHand
from chaos.checking import Run, check
from chaos.client import Client
from chaos.crowd import Organiser
from chaos.deployment import ChaosDeployment
from chaos.faults import Faults, clock_of, faketime_library
from chaos.gather import Gather
from chaos.journal import Journal, Viewer
from chaos.lost_messages import lost
from chaos.plan import Fault
from chaos.receiver import Receiver, serve_receiver
from chaos.report import Report, summarise
from chaos.watching import Watch
from chassis.tasks import end

# I10: so long after the last fault was healed everything has come to rest. A comparison with the
# owners comes every 36 s at the latest, a delivery whose process died is free after 60 s.
REST_WITHIN_S = 90
# And so long every command may still take to be answered.
ANSWERED_WITHIN_S = 60
ORGANISERS = 10
_LATE_REPETITIONS = 25

Say = Callable[[str], None]


def run_seed(
    seed: int,
    plan: Sequence[Fault],
    seconds: float,
    *,
    sources: Path | None = None,
    keep: bool = False,
    say: Say = lambda _: None,
) -> Report:
    """`sources` holds packages to run in place of our own; `keep` leaves all data where it is."""
    folder = Path(tempfile.mkdtemp(prefix=f"commontime-chaos-{seed}-"))
    folder.chmod(0o755)
    deployment = ChaosDeployment(folder, sources)
    _prepare_clocks(deployment, plan)
    report = Report(seed, [str(fault) for fault in plan])
    began = time.monotonic()
    try:
        say(f"seed {seed}: starting, data in {folder}")
        deployment.begins()
        with serve_receiver() as receiver:
            _subscribe(deployment, receiver)
            asyncio.run(_break_and_check(deployment, receiver, plan, seconds, report, say))
    finally:
        deployment.ends()
        report.seconds = round(time.monotonic() - began, 1)
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    return report


def _prepare_clocks(deployment: ChaosDeployment, plan: Sequence[Fault]) -> None:
    for fault in plan:
        if fault.kind == "clock jumps":
            library = faketime_library()
            assert library, "install faketime, or leave clock jumps out"
            clock = clock_of(deployment, fault.victim)
            clock.write_text("+0")
            deployment.more[fault.victim] = {
                "LD_PRELOAD": str(library),
                "FAKETIME_TIMESTAMP_FILE": str(clock),
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_CACHE_DURATION": "1",
            }


def _subscribe(deployment: ChaosDeployment, receiver: Receiver) -> None:
    answer = httpx.post(
        f"{deployment.url}/api/v1/webhooks/endpoints",
        json={"url": receiver.url, "types": [], "ordering": "none"},
        headers={"Authorization": f"Bearer {deployment.admin_token}"},
        timeout=30,
    )
    receiver.secret = answer.raise_for_status().json()["secret"]


async def _break_and_check(
    deployment: ChaosDeployment,
    receiver: Receiver,
    plan: Sequence[Fault],
    seconds: float,
    report: Report,
    say: Say,
) -> None:
    journal, random = Journal(), Random(f"crowd {report.seed}")
    client = Client(deployment.url, journal, random)
    admin = deployment.admin_token
    crowd = [
        Organiser(client, journal, Random(f"{report.seed} {number}"), admin)
        for number in range(ORGANISERS)
    ]
    watch = Watch(deployment)
    faults = Faults(deployment, receiver, ByHand(deployment.kafka.bootstrap))
    looking, using = asyncio.create_task(watch.look()), asyncio.create_task(watch.use())
    began = time.monotonic()
    until = began + seconds
    say(f"seed {report.seed}: {len(plan)} faults in {seconds:.0f} s")
    going = [asyncio.create_task(one.keeps_going(until)) for one in crowd]
    await faults.carry_out(plan, began)
    healed = time.monotonic()
    report.violations += faults.failed
    await _finish(client, going, report)
    await _works_again(watch, healed, report)
    await end(using)
    await _rest(Gather(deployment), healed, report)
    await _repeat_late(client, journal, random)
    await asyncio.sleep(1.5)  # the counters are read once more
    await end(looking)
    await client.close()
    say(f"seed {report.seed}: at rest after {report.rest_s:.0f} s, checking")
    held_back = await asyncio.to_thread(lost, deployment)
    run = Run(deployment, journal, watch, faults.by_hand, receiver, crowd, held_back)
    report.violations += await asyncio.to_thread(check, run, report)
    summarise(report, journal, faults.ended, watch.works_at)


async def _finish(client: Client, going: Sequence[asyncio.Task[None]], report: Report) -> None:
    """Everybody gets the answers they still wait for."""
    _, waiting = await asyncio.wait(going, timeout=ANSWERED_WITHIN_S)
    client.giving_up = True
    for one in going:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(one, 10)
    if waiting:
        report.violations.append(f"I10: {len(waiting)} are still waiting for an answer")
    client.giving_up = False


async def _works_again(watch: Watch, healed: float, report: Report) -> None:
    """Until somebody who asks once gets all the way through."""
    while not any(at >= healed for at in watch.works_at):
        if time.monotonic() > healed + REST_WITHIN_S:
            report.violations.append(f"I10: nothing works {REST_WITHIN_S} s after the last fault")
            return
        await asyncio.sleep(0.2)


async def _rest(gather: Gather, healed: float, report: Report) -> None:
    """Until nothing waits any more."""
    waiting: dict[str, int] = {"everything": 1}
    while waiting and time.monotonic() < healed + REST_WITHIN_S:
        waiting = await asyncio.to_thread(gather.waiting)
        if waiting:
            await asyncio.sleep(0.3)
    report.rest_s = round(time.monotonic() - healed, 1)
    if waiting:
        report.violations.append(f"I10: not at rest after {REST_WITHIN_S} s: {waiting}")


async def _repeat_late(client: Client, journal: Journal, random: Random) -> None:
    """Answers are kept for a day: old commands are answered as they were, too."""
    erased = journal.erased_polls
    kept = [
        command
        for command in journal.commands
        if command.key
        and command.outcome == "acknowledged"
        and command.poll not in erased
        and command.person not in journal.erased_people
    ]
    for command in random.sample(kept, min(_LATE_REPETITIONS, len(kept))):
        await client.repeat(command, Viewer(everything=True))
