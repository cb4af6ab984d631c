"""Keep a child process running: start it again when it dies, give up when it dies at once."""

import time
from collections.abc import Callable

from standalone.child import Child

# A child that lived this long has started; one that dies sooner has failed to.
SETTLED = 5.0
ATTEMPTS = 10
LONGEST_PAUSE = 2.0


class Supervised:
    """One child process and how to start it."""

    def __init__(self, start: Callable[[], Child], say: Callable[[str], None]) -> None:
        """`start` is called at once, and again whenever the process has died."""
        self._start = start
        self._say = say
        self._failures = 0
        self._revive()

    def _revive(self) -> None:
        self.child = self._start()
        self._started = time.monotonic()

    def look(self, attempts: int = ATTEMPTS) -> bool:
        """Start the child again where it has died; say whether that was so.

        Raises `ChildFailed` when it died `attempts` times without having settled.
        """
        if self.child.is_running:
            return False
        lived = time.monotonic() - self._started
        self._failures = 0 if lived > SETTLED else self._failures + 1
        if self._failures >= attempts:
            raise self.child.failure()
        self._say(f"{self.child.name} ended (code {self.child.exit_code}); starting it again.")
        time.sleep(min(0.1 * 2**self._failures, LONGEST_PAUSE))
        self._revive()
        return True
