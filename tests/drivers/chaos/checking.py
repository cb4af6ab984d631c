"""Gathers the evidence of a run that came to rest, and has every check look at it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from subprocess import CalledProcessError

from chaos.broker import ByHand, Held, Place
from chaos.checker import (
    commands,
    letters,
    order,
    partners,
    projections,
    recommendations,
    time_rules,
)
from chaos.checker.history import History, most
from chaos.crowd import Organiser
from chaos.deployment import ChaosDeployment
from chaos.gather import Gather
from chaos.journal import Journal
from chaos.receiver import Receiver
from chaos.report import Report
from chaos.watching import Watch
from contracts import topics
from search import Search
from standalone.testing import eventually

# A service that answers this crowd needs less; what grows without bound does not stop here.
MEMORY_MIB = 400
_REBUILDS = 4


@dataclass(frozen=True)
class Run:
    """What a run leaves; `lost` are the facts that never reached their topic."""

    deployment: ChaosDeployment
    journal: Journal
    watch: Watch
    by_hand: ByHand
    receiver: Receiver
    crowd: Sequence[Organiser]
    lost: set[tuple[str, int]]


def check(run: Run, report: Report) -> list[str]:
    """All violations, at most a few of each kind; fills in the report's counters."""
    history = Gather(run.deployment).history()
    messages = list(run.by_hand.read())
    found = [
        run.journal.wrong,
        *_of_commands(run, history, messages),
        *_of_readers(run, history, messages),
        *_of_time_and_partners(run, history),
        _check_erased(run.deployment, run.journal),
        _check_memory(run.watch),
    ]
    _count(report, run, history)
    report.counters["letters repeated"] = letters.repeated(messages)
    return [violation for violations in found for violation in most(violations)]


def _of_commands(run: Run, history: History, messages: Sequence[Held]) -> Iterator[Iterable[str]]:
    sent = order.Sent(messages, run.by_hand.ours, run.lost)
    yield commands.check_acknowledged(run.journal, history)
    yield commands.check_effects(run.journal, history)
    yield order.check_stored_order(history)
    yield order.check_sent_order(history, sent)
    yield order.check_unchanged(history, run.watch.facts, sent)


def _of_readers(run: Run, history: History, messages: Sequence[Held]) -> Iterator[Iterable[str]]:
    gather = Gather(run.deployment)
    meetings = [meeting for organiser in run.crowd for meeting in organiser.meetings]
    answers = gather.recommendations(meetings)
    parked, heads = gather.parked(), gather.heads()
    forged = {key: 1 for _, _, key in parked} | _forged(run.by_hand.ours, messages)
    rows = _rebuilt(run.deployment, gather)
    yield projections.check_rebuilt(rows, forged)
    yield projections.check_folded(rows, history)
    yield projections.check_counted_once(rows, history)
    yield recommendations.check_recommendations(history, answers)
    yield letters.check_dead_letters(messages, run.by_hand.poison)
    yield letters.check_refused(messages, history)
    yield letters.check_parked(parked, heads)


def _of_time_and_partners(run: Run, history: History) -> Iterator[Iterable[str]]:
    gather = Gather(run.deployment)
    yield time_rules.check_timers(history, gather.now())
    yield time_rules.check_moves(history)
    yield partners.check_told(history, run.receiver.told, gather.dead_deliveries(), ())
    yield partners.check_calendars(run.journal.calendars)


def _rebuilt(deployment: ChaosDeployment, gather: Gather) -> projections.Rows:
    before = gather.read_models()
    polls, answered = gather.polls(), gather.answered()
    events, told = gather.events(), gather.told_of_polls()
    with ThreadPoolExecutor(len(deployment.services)) as threads:
        rebuilding = [
            threads.submit(_rebuild, deployment, service.name) for service in deployment.services
        ]
    for one in rebuilding:
        one.result()
    return projections.Rows(before, gather.read_models(), polls, answered, events, told)


def _rebuild(deployment: ChaosDeployment, service: str) -> None:
    """One that asks an owner which is being rebuilt itself may get no answer: once more, then."""
    for left in reversed(range(_REBUILDS)):
        try:
            deployment.commands(service, "rebuild")
        except CalledProcessError:
            if not left:
                raise
        else:
            return


def _forged(ours: set[Place], messages: Sequence[Held]) -> dict[str, int]:
    """Keys that exist only in messages that were made up: no owner knows them."""
    return {
        message.headers["ce_partitionkey"].decode(): 1
        for message in messages
        if message.place in ours
        and message.headers.get("ce_source") == b"/chaos"
        and message.sequence == 1
    }


def _check_erased(deployment: ChaosDeployment, journal: Journal) -> list[str]:
    """I16: no word of somebody who is gone is in a dump, a log or, once compacted, a topic."""
    people = [c.word for c in journal.canaries.values() if c.person in journal.erased_people]
    polls = [
        c.word for c in journal.canaries.values() if not c.person and c.poll in journal.erased_polls
    ]
    found = Search(deployment, [*people, *polls])
    wrong = [f"I16: {word} is in {place}" for place, word in found.dumps() | found.logs()]
    personal = Search(deployment, people)
    personal.compacts(topics.PARTICIPANTS)

    def compacted() -> bool:
        personal.rolls(topics.PARTICIPANTS)
        return not personal.files(topics.PARTICIPANTS)

    with suppress(AssertionError):
        eventually(compacted, 60)
    left = personal.topics() | personal.files(topics.PARTICIPANTS)
    return wrong + [f"I16: {word} is in {place}" for place, word in left]


def _check_memory(watch: Watch) -> list[str]:
    """I18."""
    return [
        f"I18: {name} took {used // 2**20} MiB"
        for name, used in watch.peak_bytes.items()
        if used > MEMORY_MIB * 2**20
    ]


def _count(report: Report, run: Run, history: History) -> None:
    ids = Counter(told.id for told in run.receiver.told)
    report.counters = {name: int(value) for name, value in run.watch.counted.items()}
    report.counters["replayed answers"] = run.journal.replayed
    report.counters["versions read"] = run.journal.versions_read
    report.counters["deliveries"] = len(run.receiver.told)
    report.counters["repeated deliveries"] = sum(times - 1 for times in ids.values())
    report.counters["erased people"] = len(run.journal.erased_people)
    report.counters["timers fired"] = sum(
        fact.data.get("by") == "timer" or fact.data.get("reason") == "deadline"
        for fact in history.facts
    )
    report.facts = len(history.facts)
    report.peak_mib = max(run.watch.peak_bytes.values(), default=0) / 2**20
