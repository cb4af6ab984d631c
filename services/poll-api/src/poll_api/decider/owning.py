"""Who holds a poll: its links, the account that owns it, and its end."""

from datetime import datetime
from uuid import UUID

from contracts.polls import PollErased, PollFact, PollLinkRotated, PollOwnerChanged
from poll_api.decider.commands import (
    ClaimPoll,
    DisownPoll,
    ErasePoll,
    RetirePoll,
    RotateLink,
    TransferPoll,
)
from poll_api.decider.rejections import AlreadyOwned, AlreadyRotated, NotTheOwner
from poll_api.decider.state import Poll


def rotate(poll: Poll, c: RotateLink) -> list[PollFact]:
    """One of two who rotate at once would be left with a link that is dead already."""
    if c.replaces != (poll.organiser_hash if c.which == "organiser" else poll.answer_hash):
        raise AlreadyRotated
    return [
        PollLinkRotated(
            poll_id=poll.poll_id, which=c.which, token_hash=c.token_hash, rotated_at=c.now
        )
    ]


def claim(poll: Poll, c: ClaimPoll) -> list[PollFact]:
    if poll.owner not in (None, c.account_id):
        raise AlreadyOwned
    return _owned_by(poll, c.account_id, c.now)


def transfer(poll: Poll, c: TransferPoll) -> list[PollFact]:
    if poll.owner != c.owner:
        raise NotTheOwner
    return _owned_by(poll, c.to, c.now)


def disown(poll: Poll, c: DisownPoll) -> list[PollFact]:
    return _owned_by(poll, None, c.now) if poll.owner == c.owner else []


def erase(poll: Poll, c: ErasePoll) -> list[PollFact]:
    return [PollErased(poll_id=poll.poll_id, erased_at=c.now)]


def retire(poll: Poll, c: RetirePoll) -> list[PollFact]:
    """Nobody is there to be refused: a poll that got more time is left alone."""
    over = poll.details.window.end <= c.latest_end
    return [PollErased(poll_id=poll.poll_id, erased_at=c.now)] if over else []


def _owned_by(poll: Poll, owner: UUID | None, now: datetime) -> list[PollFact]:
    if poll.owner == owner:
        return []
    return [PollOwnerChanged(poll_id=poll.poll_id, owner=owner, changed_at=now)]
