"""What a signed JWT says, read strictly before anything of it is believed (RFC 7515, 7519, 8725).

Whatever a stranger sends is either read or refused with `Unreadable`: no member twice, no value
that another reader would take for something else.
"""

import json
import math
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass
from typing import Any, NoReturn, cast

_LONGEST = 4096
_LONGEST_NAME = 255
# The last instant that Python can tell: 9999-12-31T23:59:59Z.
_LAST_INSTANT = 253_402_300_799


class Unreadable(Exception):
    """It is no JWT that could be one of ours."""


@dataclass(frozen=True, slots=True)
class CompactToken:
    """The two parts in JSON; the signature is not looked at."""

    header: dict[str, Any]
    claims: dict[str, Any]

    def word(self, part: dict[str, Any], name: str) -> str:
        """A member that must be a string, neither empty nor endless."""
        value = part.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME:
            raise Unreadable(f"{name} is no string")
        return value

    def instant(self, name: str) -> float | None:
        """A claim in seconds since 1970, or None without it."""
        value = self.claims.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Unreadable(f"{name} is no number")
        if not 0 <= value <= _LAST_INSTANT:
            raise Unreadable(f"{name} is no instant")
        return float(value)

    def audiences(self) -> list[str]:
        value = self.claims.get("aud")
        many: list[object] = cast(list[object], value) if isinstance(value, list) else [value]
        words = [each for each in many if isinstance(each, str)]
        if len(words) != len(many):
            raise Unreadable("aud is no list of strings")
        return words


def read(token: str) -> CompactToken:
    """Return what the token says. Raises `Unreadable`."""
    parts = token.split(".")
    if len(parts) != 3 or not all(parts) or len(token) > _LONGEST:
        raise Unreadable("not three parts")
    try:
        return CompactToken(_object(parts[0]), _object(parts[1]))
    except (NotBase64, ValueError, RecursionError) as error:
        raise Unreadable("not JSON in base64url") from error


def _object(part: str) -> dict[str, Any]:
    raw = urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4))
    content = json.loads(raw, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite)
    if not isinstance(content, dict):
        raise ValueError("no object")
    return cast(dict[str, Any], content)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a member twice")
    return content


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("too large a number")
    return value
