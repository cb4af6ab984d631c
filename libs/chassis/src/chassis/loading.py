"""Loads a program that is large, without looking for garbage meanwhile."""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module


@contextmanager
def loading() -> Generator[None]:
    """What the block makes stays for good.

    There is next to no garbage in it, and looking for some again and again would be an eighth of
    what a service does before it is ready.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def load_and_run(module: str) -> None:
    """Import the module with all that it needs, and call its `main`."""
    with loading():
        main = import_module(module).main
    main()
