"""Why a poll does not allow a command; the docstring is the message."""


class Rejected(Exception):
    """The poll does not allow this command now."""


class NoSuchPoll(Rejected):
    """There is no such poll."""


class AlreadyFinalised(Rejected):
    """The poll is finalised; reopen it first."""


class AlreadyCancelled(Rejected):
    """The poll is cancelled, and that is final."""


class EventStarted(Rejected):
    """The chosen time has begun; the poll can no longer be reopened."""


class OutsideWindow(Rejected):
    """The meeting must lie within the window."""


class BasisAhead(Rejected):
    """The poll has not come that far."""


class AlreadyOwned(Rejected):
    """Another account owns the poll."""


class NotTheOwner(Rejected):
    """The poll belongs to somebody else by now."""


class AlreadyRotated(Rejected):
    """The link was replaced meanwhile."""
