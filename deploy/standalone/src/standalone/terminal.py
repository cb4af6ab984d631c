"""Lines for the person at the terminal, or for the file they are piped into."""

import sys


def say(text: str = "") -> None:
    """Write a line. A terminal that was closed is no reason to stop what is being done."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError:
        return
