"""What a backup says of itself: `manifest.json`, by which a restore knows that all of it is there.

It is written last. A folder without it is no backup.
"""

from collections.abc import Iterable
from hashlib import file_digest, sha256
from importlib.metadata import version
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from standalone.failures import Failure

FORMAT = 1
NAME = "manifest.json"
LEDGER = "erasures.jsonl"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class File(_Part):
    """A file of the backup, by its name in the folder."""

    name: str
    bytes: int
    sha256: str

    @classmethod
    def of(cls, file: Path) -> "File":
        with file.open("rb") as content:
            digest = file_digest(content, "sha256").hexdigest()
        return cls(name=file.name, bytes=file.stat().st_size, sha256=digest)


class Applied(_Part):
    """A migration that the saved schema has."""

    component: str
    name: str
    checksum: str


class Saved(_Part):
    """One service's database. `disk_bytes` is what it took on the server, `rows` are per table."""

    dump: File
    disk_bytes: int
    facts: int
    keys: int
    position: int
    rows: dict[str, int]
    migrations: tuple[Applied, ...]


class Manifest(_Part):
    """Where everything is, as of one instant. `key_print` tells encryption keys apart."""

    format: int
    version: str
    at: AwareDatetime
    key_print: str | None
    erasures: File
    databases: dict[str, Saved]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    @property
    def files(self) -> list[File]:
        return [self.erasures, *(saved.dump for saved in self.databases.values())]

    def write(self, folder: Path) -> None:
        (folder / NAME).write_text(self.model_dump_json(indent=2) + "\n")


def product_version() -> str:
    return version("standalone")


def print_of(key: str | None) -> str | None:
    """What tells one encryption key from another, and says nothing of it."""
    return None if key is None else sha256(b"commontime backup " + key.encode()).hexdigest()[:16]


def read(folder: Path, names: Iterable[str]) -> Manifest:
    """Read and check the whole backup: it has these databases, and every file is as it was saved.

    Raises `Failure` with what is wrong.
    """
    if not folder.is_dir():
        raise Failure(f"There is no backup at {folder}.")
    try:
        manifest = Manifest.model_validate_json((folder / NAME).read_bytes())
    except FileNotFoundError:
        raise Failure(f"{folder} is no complete backup: it has no {NAME}.") from None
    except ValidationError as problem:
        wrong = problem.errors()[0]
        place = ".".join(map(str, wrong["loc"])) or "its form"
        raise Failure(f"The {NAME} of {folder} is damaged: {place}.") from None
    _check(folder, manifest, names)
    return manifest


def _check(folder: Path, manifest: Manifest, names: Iterable[str]) -> None:
    if manifest.format != FORMAT:
        raise Failure(
            f"The backup was made by a newer Commontime ({manifest.version}): install that one."
        )
    if missing := set(names) - set(manifest.databases):
        raise Failure(f"The backup lacks the database {min(missing)}.")
    for file in manifest.files:
        saved = folder / file.name
        if not saved.is_file():
            raise Failure(f"The backup lacks the file {file.name}.")
        if File.of(saved) != file:
            raise Failure(f"The file {file.name} is not as it was saved: take another backup.")
