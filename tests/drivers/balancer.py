"""What stands between services: an address per service, and behind it whichever replica listens.

As a Kubernetes Service does, it forwards connections, knows nothing of HTTP and bears no replica a
grudge: one that refused a connection gets the next. It is nginx.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway import nginx
from standalone.child import Child
from standalone.ports import free_port, is_open
from standalone.testing import eventually

_CONFIGURATION = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
stream {{
    proxy_connect_timeout 1s;
{blocks}
}}
"""


class Balancer:
    """nginx with a free port for each service; every file that it writes is in `folder`."""

    def __init__(self, folder: Path, upstreams: Mapping[str, Sequence[int]]) -> None:
        self._ports = {service: free_port() for service in upstreams}
        self._folder = folder
        self._child: Child | None = None
        folder.mkdir(parents=True)
        blocks = (_block(name, self._ports[name], ports) for name, ports in upstreams.items())
        (folder / "nginx.conf").write_text(_CONFIGURATION.format(blocks="".join(blocks)))

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self._ports[service]}"

    def start(self) -> None:
        command = [nginx(), "-p", self._folder, "-c", "nginx.conf"]
        child = self._child = Child("balancer", command, log=self._folder / "nginx.log")
        eventually(lambda: all(map(is_open, self._ports.values())) or not child.is_running)
        if not child.is_running:
            raise child.failure()

    def stop(self) -> None:
        if self._child:
            self._child.stop()


def _block(service: str, port: int, replicas: Sequence[int]) -> str:
    servers = " ".join(f"server 127.0.0.1:{n} max_fails=0;" for n in replicas)
    listening = f"server {{ listen 127.0.0.1:{port}; proxy_pass {service}; }}"
    return f"    upstream {service} {{ {servers} }}\n    {listening}\n"
