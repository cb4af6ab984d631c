"""The PostgreSQL server of an instance: the one that runs, one that is named, or ours, alone."""

from collections.abc import Generator
from contextlib import contextmanager

from standalone.failures import Failure
from standalone.home import Home
from standalone.leftovers import stop_leftovers
from standalone.postgres import Postgres
from standalone.settings import Settings


@contextmanager
def reachable_server(settings: Settings) -> Generator[str]:
    """The server's URL as its administrator. Ours is started where it does not run."""
    home = Home(settings.home)
    if settings.database_url:
        yield settings.database_url.get_secret_value()
    elif home.is_locked():
        running = home.running()
        if running is None:
            raise Failure("Commontime is starting or stopping: try again in a moment.")
        yield running.database
    elif (home.folder / "secrets" / "postgres-password").exists():
        with home.lock(), own_server(home) as server:
            yield server
    else:
        raise Failure(f"There is no data in {home.folder}.")


@contextmanager
def own_server(home: Home) -> Generator[str]:
    """Run our own server and nothing else; the caller holds the home's lock."""
    postgres = Postgres(
        home.postgres_data, password=home.secret("postgres-password"), log=home.log("postgres")
    )
    leftover = postgres.leftover()
    stop_leftovers(home, [leftover] if leftover else [])
    try:
        postgres.begin()
        postgres.start()
        postgres.wait_until_ready()
        yield postgres.url()
    finally:
        postgres.stop()
