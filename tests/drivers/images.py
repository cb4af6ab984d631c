"""Our images as Docker builds and runs them, each with the rights that Compose leaves it."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, sleep

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "docker"
TAG = "images-test"
HARDENED = (
    *("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"),
    *("--security-opt", "no-new-privileges:true", "--memory", "512m"),
)


def docker(*words: str | Path, timeout: float = 900) -> str:
    """What Docker answers; the words of a refusal are the error's."""
    ran = subprocess.run(
        ["docker", *words], capture_output=True, text=True, check=False, timeout=timeout
    )
    assert ran.returncode == 0, f"docker {' '.join(map(str, words))}:\n{ran.stdout}{ran.stderr}"
    return ran.stdout.strip()


def build(service: str) -> str:
    """Build a service's image, or the gateway's; give its name."""
    image = f"commontime/{service}:{TAG}"
    file = FOLDER / ("gateway.Dockerfile" if service == "gateway" else "python.Dockerfile")
    words = () if service == "gateway" else ("--build-arg", f"SERVICE={service}")
    docker("build", "--file", file, *words, "--tag", image, ROOT)
    return image


def size(image: str) -> int:
    """In bytes, with everything it is built on."""
    return int(docker("image", "inspect", "--format", "{{.Size}}", image))


def base_of(file: Path, argument: str) -> str:
    """The image that a file's argument names by default."""
    line = next(one for one in file.read_text().splitlines() if one.startswith(f"ARG {argument}="))
    return line.partition("=")[2]


class Container:
    """One run of an image on the machine's own network."""

    def __init__(self, image: str, environment: Mapping[str, str], *words: str) -> None:
        given = [part for name in environment for part in ("--env", f"{name}={environment[name]}")]
        self.started = monotonic()
        self.id = docker("run", "--detach", "--network", "host", *HARDENED, *given, image, *words)

    def state(self) -> dict[str, object]:
        return json.loads(docker("inspect", "--format", "{{json .State}}", self.id))

    def logs(self) -> str:
        ran = subprocess.run(
            ["docker", "logs", self.id], capture_output=True, text=True, check=False
        )
        return ran.stdout + ran.stderr

    def run(self, *command: str) -> int:
        """The exit code of a command within it."""
        words = ["docker", "exec", self.id, *command]
        return subprocess.run(words, capture_output=True, check=False).returncode

    def seconds_of_cpu(self) -> float:
        """What its first process has used so far."""
        fields = docker("exec", self.id, "cat", "/proc/1/stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def signal(self, name: str) -> None:
        docker("kill", "--signal", name, self.id)

    def exit_code(self, within_s: float) -> int:
        """Wait until it has ended."""
        until = monotonic() + within_s
        while self.state()["Running"]:
            assert monotonic() < until, f"still running after {within_s} s:\n{self.logs()}"
            sleep(0.05)
        return int(str(self.state()["ExitCode"]))

    def restart(self) -> None:
        self.started = monotonic()
        docker("start", self.id)

    def remove(self) -> None:
        docker("rm", "--force", self.id)
