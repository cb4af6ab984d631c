"""Carries out commands: makes ids and capabilities, settles what is asked for, stores facts."""

from poll_api.handlers.changing import change, finalise, revise
from poll_api.handlers.erasing import erase, erase_again, retire
from poll_api.handlers.opening import open_poll
from poll_api.handlers.owning import Disowning, claim, disown, rotate, transfer
from poll_api.handlers.transacting import stream_of

__all__ = [
    "Disowning",
    "change",
    "claim",
    "disown",
    "erase",
    "erase_again",
    "finalise",
    "open_poll",
    "retire",
    "revise",
    "rotate",
    "stream_of",
    "transfer",
]
