"""Prints the third-party requirements of the given members, for an image's own layer.

`python third_party.py contracts libs/chassis …`: every requirement that no member provides.
"""

import sys
import tomllib
from pathlib import Path


def main(folders: list[str]) -> None:
    projects = [
        tomllib.loads((Path(folder) / "pyproject.toml").read_text())["project"]
        for folder in folders
    ]
    members = {project["name"] for project in projects}
    wanted = {requirement for project in projects for requirement in project["dependencies"]}
    sys.stdout.write("\n".join(sorted(wanted - members)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
