"""`commontime up`: start everything in order, keep it running, stop everything in order."""

import contextlib
import http.client
import os
import sys
import time

from standalone.child import Child, ChildFailed
from standalone.environment import service_environment
from standalone.home import Home, Running
from standalone.infrastructure import Infrastructure
from standalone.progress import Progress
from standalone.settings import Settings
from standalone.signals import Stop
from standalone.supervision import Supervised
from standalone.surroundings import check_port, check_space
from standalone.terminal import say

START_LIMIT = 120.0
START_ATTEMPTS = 3
POLL = 0.02
WATCH = 0.2
GRACE = 12.0


class Launcher:
    """One run on one home, whose lock the caller holds."""

    def __init__(self, home: Home, settings: Settings, progress: Progress) -> None:
        self._home = home
        self._settings = settings
        self._progress = progress
        self._port = settings.choose_port()
        self._infrastructure = Infrastructure(home, settings, progress)
        self._services: Child | None = None
        self._supervised: list[Supervised] = []
        self._training: Child | None = None
        self._ready = False

    @property
    def url(self) -> str:
        """Where this machine reaches the instance."""
        return f"http://{self._settings.local_host}:{self._port}"

    def run(self) -> None:
        """Run until a signal. Raises what prevents it, after everything has been stopped."""
        try:
            self._start()
            self._announce()
            self._train()
            while True:
                time.sleep(WATCH)
                self._look()
        except Stop as stop:
            self._progress.say(f"Stopping ({stop}).")
            self._stop()
            self._progress.say("Everything has stopped.")
        except BaseException:
            self._stop()
            raise

    def _start(self) -> None:
        self._infrastructure.clear_leftovers()
        check_port(self._port, self._settings.host)
        check_space(self._home.folder)
        self._infrastructure.begin()
        self._progress.say("Starting PostgreSQL, Kafka and the services.")
        starts = [self._start_services, *(server.start for server in self._infrastructure.own)]
        self._supervised = [Supervised(start, self._progress.say) for start in starts]
        self._write_running()
        self._wait_until_ready()

    def _start_services(self) -> Child:
        environment = service_environment(
            self._home,
            self._settings,
            server=self._infrastructure.database_url,
            bootstrap=self._infrastructure.bootstrap,
            url=self.url,
        )
        self._services = Child(
            "The services' process",
            # The folder is there for `ps` and for `leftovers`: it says whose process this is.
            [sys.executable, "-m", "standalone", self._home.folder],
            log=self._home.log("services"),
            environment=environment,
        )
        return self._services

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_LIMIT
        while not self._answers():
            if self._services and not self._services.is_running:
                raise self._services.failure()
            self._look(START_ATTEMPTS)
            if time.monotonic() > deadline:
                raise ChildFailed(
                    f"The services do not become ready (see {self._home.folder}/logs)."
                )
            time.sleep(POLL)
        self._ready = True

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=5)
        with contextlib.closing(connection):
            try:
                connection.request("GET", "/readyz")
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False

    def _look(self, attempts: int | None = None) -> None:
        revived = [child.look(*filter(None, [attempts])) for child in self._supervised]
        if any(revived):
            self._write_running()

    def _write_running(self) -> None:
        children = {child.child.name: child.child.pid for child in self._supervised}
        self._home.write_running(
            Running(
                launcher=os.getpid(),
                url=self.url,
                kafka=self._infrastructure.bootstrap,
                database=self._infrastructure.database_url,
                children=children,
            )
        )

    def _announce(self) -> None:
        self._progress.say("Ready.")
        say(
            f"\n  Commontime     {self._settings.public_url or self.url}\n"
            f"  API            {self.url}/docs\n"
            f"  Data and logs  {self._home.folder}\n"
            f"  Admin token    {self._home.secret_file('admin-token')}\n"
            "\n  Ctrl-C stops everything and keeps the data. "
            "`commontime demo` fills in an example.\n"
        )

    def _train(self) -> None:
        """Prepare quicker starts, once, while nobody waits."""
        if self._infrastructure.wants_training():
            self._training = Child(
                "The training run",
                [sys.executable, "-m", "standalone.aot"],
                log=self._home.log("training"),
                before=_yield_to_others,
            )

    def _stop(self) -> None:
        try:
            if self._training:
                self._training.kill()
            if self._services:
                # Before it is ready it does not listen to signals yet.
                self._services.stop(GRACE if self._ready else 0)
            self._infrastructure.stop()
        except Stop:
            self._progress.say("Killing what still runs.")
            if self._services:
                self._services.kill()
            self._infrastructure.kill()
        self._home.clear_running()


def _yield_to_others() -> None:
    os.nice(19)
