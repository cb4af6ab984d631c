"""Carries out commands: makes ids and capabilities, settles what is asked for, stores facts."""

from poll_api.handlers.changing import change, finalise, revise
from poll_api.handlers.erasing import erase, retire
from poll_api.handlers.opening import open_poll
from poll_api.handlers.owning import claim, disown, rotate, transfer
from poll_api.handlers.transacting import stream_of

__all__ = [
    "change",
    "claim",
    "disown",
    "erase",
    "finalise",
    "open_poll",
    "retire",
    "revise",
    "rotate",
    "stream_of",
    "transfer",
]
