"""Whose a poll is, which links open it, when it ends, and what a decision may be regretted for."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from uuid import UUID

import pytest

from contracts.fact import Span
from contracts.polls import (
    Basis,
    PollCancelled,
    PollClosed,
    PollDetails,
    PollErased,
    PollFact,
    PollFinalised,
    PollLinkRotated,
    PollOpened,
    PollOwnerChanged,
    PollRegretRaised,
    PollReopened,
    PollRevised,
)
from eventstore.testing import Spec
from poll_api import decider
from poll_api.decider import (
    AlreadyOwned,
    AlreadyRotated,
    ClaimPoll,
    ClosePoll,
    Command,
    DisownPoll,
    Erased,
    ErasePoll,
    NoSuchPoll,
    NotTheOwner,
    OpenPoll,
    Poll,
    RaiseRegret,
    RetirePoll,
    RevisePoll,
    RotateLink,
    State,
    TransferPoll,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOUR, MOMENT = timedelta(hours=1), timedelta(microseconds=1)
MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
WINDOW = Span(start=MONDAY, end=MONDAY + 9 * HOUR)
BETTER = Span(start=MONDAY + 2 * HOUR, end=MONDAY + 3 * HOUR)
POLL, EVENT, ANN, BEN = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
ORGANISER, ANSWER, NEW = "a" * 64, "b" * 64, "c" * 64
DETAILS = PollDetails(
    title="Planning", timezone="UTC", window=WINDOW, duration=HOUR, slots=(WINDOW,)
)

poll: Spec[State, Command, PollFact] = Spec(decider)
opened = PollOpened(
    poll_id=POLL, details=DETAILS, organiser_hash=ORGANISER, answer_hash=ANSWER, opened_at=NOW
)
owned = opened.model_copy(update={"owner": ANN})
closed = PollClosed(poll_id=POLL, reason="manual", closed_at=NOW)
cancelled = PollCancelled(poll_id=POLL, cancelled_at=NOW)
reopened = PollReopened(poll_id=POLL, deadline=None, reopened_at=NOW)
erased = PollErased(poll_id=POLL, erased_at=NOW)
finalised = PollFinalised(
    poll_id=POLL,
    start=MONDAY,
    end=MONDAY + HOUR,
    event_id=EVENT,
    basis=Basis(polls=1, schedules=4),
    finalised_at=NOW,
)
claim, transfer = ClaimPoll(BEN, NOW), TransferPoll(ANN, BEN, NOW)


def changed(owner: UUID | None) -> PollOwnerChanged:
    return PollOwnerChanged(poll_id=POLL, owner=owner, changed_at=NOW)


def rotated(which: str = "organiser", token_hash: str = NEW) -> PollLinkRotated:
    return PollLinkRotated.model_validate(
        {"poll_id": POLL, "which": which, "token_hash": token_hash, "rotated_at": NOW}
    )


def rotate(replaces: str = ORGANISER) -> RotateLink:
    return RotateLink("organiser", replaces, NEW, NOW)


def raised(people: int = 1, *, polls: int = 2, better: Span = BETTER) -> PollRegretRaised:
    return PollRegretRaised(
        poll_id=POLL,
        start=MONDAY,
        better=better,
        people=people,
        basis=Basis(polls=polls, schedules=4),
        raised_at=NOW,
    )


def regret(
    people: int = 1,
    *,
    start: datetime = MONDAY,
    better: Span = BETTER,
    polls: int = 2,
    schedules: int | None = 4,
    arrived: int = 4,
    now: datetime = NOW,
) -> RaiseRegret:
    as_of = Basis(polls=polls, schedules=schedules)
    return RaiseRegret(start, better, people, as_of, arrived, now)


def folded(*facts: PollFact) -> Poll:
    state = reduce(decider.evolve, facts, decider.initial())
    assert isinstance(state, Poll)
    return state


def test_a_poll_opened_by_an_account_belongs_to_it() -> None:
    poll.given().when(OpenPoll(POLL, DETAILS, ORGANISER, ANSWER, NOW, ANN)).then(owned)
    assert folded(owned).owner == ANN


@pytest.mark.parametrize("before", [(), (closed,), (finalised,), (cancelled,)])
def test_a_link_is_replaced_whatever_became_of_the_poll(before: tuple[PollFact, ...]) -> None:
    poll.given(opened, *before).when(rotate()).then(rotated())


def test_a_rotated_link_is_the_one_that_opens_the_poll() -> None:
    both = folded(opened, rotated("organiser", NEW), rotated("answer", "d" * 64))
    assert (both.organiser_hash, both.answer_hash, both.version) == (NEW, "d" * 64, 3)


def test_of_two_who_rotate_the_same_link_one_is_refused() -> None:
    poll.given(opened, rotated()).when(rotate()).then_rejected(AlreadyRotated)
    other = RotateLink("answer", ANSWER, NEW, NOW)
    poll.given(opened, rotated()).when(other).then(rotated("answer"))


def test_a_poll_without_an_owner_is_claimed() -> None:
    poll.given(opened).when(claim).then(changed(BEN))
    poll.given(owned, changed(None)).when(claim).then(changed(BEN))


def test_claiming_ones_own_poll_changes_nothing() -> None:
    poll.given(opened, changed(BEN)).when(claim).then_nothing()


def test_anothers_poll_is_not_claimed() -> None:
    poll.given(owned).when(claim).then_rejected(AlreadyOwned)


def test_an_owner_hands_the_poll_over_once() -> None:
    poll.given(owned).when(transfer).then(changed(BEN))
    poll.given(owned, changed(BEN)).when(transfer).then_rejected(NotTheOwner)
    poll.given(opened).when(transfer).then_rejected(NotTheOwner)


def test_handing_it_over_to_oneself_changes_nothing() -> None:
    poll.given(owned).when(TransferPoll(ANN, ANN, NOW)).then_nothing()


def test_only_who_owns_a_poll_can_leave_it_without_an_owner() -> None:
    poll.given(owned).when(DisownPoll(ANN, NOW)).then(changed(None))
    for facts in ((opened,), (owned, changed(BEN)), (owned, erased), ()):
        poll.given(*facts).when(DisownPoll(ANN, NOW)).then_nothing()


@pytest.mark.parametrize("before", [(), (closed,), (finalised,), (cancelled,)])
def test_a_poll_is_erased_whatever_became_of_it(before: tuple[PollFact, ...]) -> None:
    poll.given(opened, *before).when(ErasePoll(NOW)).then(erased)


@pytest.mark.parametrize(
    "command", [ErasePoll(NOW), rotate(), claim, transfer, ClosePoll(NOW), RevisePoll(DETAILS, NOW)]
)
def test_nothing_happens_to_an_erased_poll(command: Command) -> None:
    poll.given(opened, erased).when(command).then_rejected(NoSuchPoll)
    poll.given().when(command).then_rejected(NoSuchPoll)


def test_nothing_is_known_of_an_erased_poll_whatever_is_heard_later() -> None:
    facts = (opened, erased, PollRevised(poll_id=POLL, details=DETAILS, revised_at=NOW), opened)
    assert reduce(decider.evolve, facts, decider.initial()) == Erased()


def test_a_poll_retires_when_its_window_ended_so_long_ago_and_not_before() -> None:
    poll.given(opened).when(RetirePoll(WINDOW.end, NOW)).then(erased)
    poll.given(opened).when(RetirePoll(WINDOW.end - MOMENT, NOW)).then_nothing()
    for facts in ((opened, erased), ()):
        poll.given(*facts).when(RetirePoll(WINDOW.end, NOW)).then_nothing()


def test_a_poll_that_got_more_time_meanwhile_does_not_retire() -> None:
    longer = DETAILS.model_copy(update={"window": Span(start=MONDAY, end=WINDOW.end + HOUR)})
    revised = PollRevised(poll_id=POLL, details=longer, revised_at=NOW)
    poll.given(opened, revised).when(RetirePoll(WINDOW.end, NOW)).then_nothing()


def test_a_decision_is_regretted() -> None:
    poll.given(opened, finalised).when(regret(2)).then(raised(2))
    assert folded(opened, finalised, raised(2)).regret == decider.Regret(BETTER, 2)


def test_of_one_decision_only_ever_more_people_are_told_of() -> None:
    given = poll.given(opened, finalised, raised(2))
    later = Span(start=BETTER.start + HOUR, end=BETTER.end + HOUR)
    given.when(regret(2, polls=3)).then_nothing()
    given.when(regret(1, polls=3)).then_nothing()
    given.when(regret(2, polls=3, better=later)).then_nothing()
    given.when(regret(3, polls=3, better=later)).then(raised(3, polls=3, better=later))


@pytest.mark.parametrize(
    "late",
    [
        regret(polls=1),
        regret(polls=3),
        regret(schedules=3),
        regret(schedules=None),
        regret(arrived=5),
        regret(start=MONDAY + HOUR),
        regret(now=MONDAY),
        regret(now=BETTER.start),
    ],
)
def test_what_is_not_the_case_any_more_is_not_regretted(late: RaiseRegret) -> None:
    poll.given(opened, finalised).when(late).then_nothing()


def test_a_regret_may_come_until_the_moment_of_the_start() -> None:
    at = MONDAY - MOMENT
    poll.given(opened, finalised).when(regret(now=at)).then(
        raised().model_copy(update={"raised_at": at})
    )


@pytest.mark.parametrize("before", [(closed,), (reopened,), (cancelled,), (finalised, reopened)])
def test_an_undecided_poll_regrets_nothing(before: tuple[PollFact, ...]) -> None:
    poll.given(opened, *before).when(regret(polls=1 + len(before))).then_nothing()
    poll.given(opened, finalised, erased).when(regret(polls=3)).then_nothing()


def test_a_new_decision_starts_without_regret() -> None:
    facts = (opened, finalised, raised(5), reopened, finalised)
    assert folded(*facts[:4]).regret is None
    assert folded(*facts).regret is None
    poll.given(*facts).when(regret(1, polls=5)).then(raised(1, polls=5))
