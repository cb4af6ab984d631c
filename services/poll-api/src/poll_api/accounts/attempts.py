"""How often passwords may be tried, accounts made and mails asked for, on this replica."""

from collections.abc import Callable, Hashable
from math import ceil
from time import monotonic

from fastapi import Request

from chassis.access import hash_of
from chassis.client_address import address_of
from chassis.problems import Problem
from chassis.rate_limits import TokenBuckets, allowance
from poll_api.settings import Settings


class Limit:
    """So many of one thing for each who asks."""

    def __init__(self, written: str, clock: Callable[[], float]) -> None:
        allowed = allowance(written)
        self._buckets = TokenBuckets(allowed) if allowed else None
        self._clock = clock

    def take(self, key: Hashable) -> None:
        """Raises the problem `too_many_requests`."""
        if self._buckets is None:
            return
        if wait := self._buckets.take(key, self._clock()).wait:
            seconds = ceil(wait)
            detail = f"Too many attempts. Repeat in {seconds} s."
            raise Problem("too_many_requests", detail, headers={"Retry-After": str(seconds)})


class Attempts:
    """An address may belong to many people, so it is allowed more than an account is.

    Counting attempts at an account lets strangers hold up its owner for half a minute at a time;
    not counting them would let a thousand addresses guess one password.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = monotonic) -> None:
        self._by_address = Limit(settings.sign_in_limit_per_address, clock)
        self._by_account = Limit(settings.sign_in_limit_per_account, clock)
        self._registrations = Limit(settings.registration_limit_per_address, clock)
        self._mails_by_address = Limit(settings.password_reset_limit_per_address, clock)
        self._mails_by_account = Limit(settings.password_reset_limit_per_account, clock)

    def password(self, request: Request, account: str) -> None:
        """Before a password is looked at. `account` is an e-mail address or an id."""
        self._by_address.take(address_of(request))
        self._by_account.take(_key(account))

    def registration(self, request: Request) -> None:
        self._registrations.take(address_of(request))

    def mail(self, request: Request, email: str) -> None:
        self._mails_by_address.take(address_of(request))
        self._mails_by_account.take(_key(email))

    def redemption(self, request: Request) -> None:
        """Before a token out of a mail is looked at."""
        self._by_address.take(address_of(request))


def _key(account: str) -> str:
    return hash_of(account.lower())
