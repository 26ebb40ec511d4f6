"""Reads a Dockerfile, and turns it into a shell script that runs its steps without a daemon.

Each stage is an overlay of this machine's own files, in which an environment stands for the base
image; whatever a step writes stays in memory. The user of the image, its working folder and its
start command are those that the Dockerfile names.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Image:
    """What the last stage of a Dockerfile says of the image."""

    steps: list[str]  # lines of the script that make it, and all stages before it
    root: str = ""  # a shell word: where its files are
    folder: str = "/"
    user: str = "0"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    ports: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)


def read_dockerfile(path: Path, context: Path, arguments: dict[str, str]) -> Image:
    """Turn a Dockerfile into an image. Raises ``ValueError`` for an instruction not known here.

    ``context``: the folder that ``COPY`` copies from. ``arguments``: values for ``ARG``.
    """
    image, stages = Image([]), 0
    names: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, rest = line.split(maxsplit=1)
        parts = shlex.split(rest)
        if word == "FROM":
            image = Image(image.steps, root=f'"$work/{stages}/root"')
            names[parts[2] if len(parts) > 1 else ""] = image.root
            image.steps.append(f"stage {stages}")
            stages += 1
        elif word == "ARG":
            name, default = rest.split("=", 1)
            image.steps.append(f"export {name}={shlex.quote(arguments.get(name, default))}")
        elif word == "WORKDIR":
            image.folder = rest
            image.steps.append(f"mkdir -p {image.root}{rest}")
        elif word == "COPY":
            image.steps.append(_copy(parts, context, image, names))
        elif word == "RUN":
            image.steps.append(f"inside {image.root} {image.folder} sh -ec {shlex.quote(rest)}")
        elif word == "HEALTHCHECK":
            image.health = json.loads(rest.split("CMD", 1)[1])
        else:
            _set(image, word, rest)
    return image


def _copy(parts: list[str], context: Path, image: Image, names: dict[str, str]) -> str:
    source = shlex.quote(str(context))
    if parts[0].startswith("--from="):
        source = names[parts.pop(0).removeprefix("--from=")]
    *files, to = parts
    to = to if to.startswith("/") else f"{image.folder}/{to}"
    target = f"{image.root}{to}"
    lines = [f"mkdir -p {target}"]
    for file in files:
        whole = file == "." or file.startswith("/")  # of a folder, what is in it
        lines.append(f"cp -r {source}/{file}{'/.' if whole else ''} {target}")
    return "\n".join(lines)


def _set(image: Image, word: str, rest: str) -> None:
    match word:
        case "USER":
            image.user = rest
        case "VOLUME":
            image.volumes.append(rest)
        case "EXPOSE":
            image.ports.append(rest)
        case "ENTRYPOINT":
            image.entrypoint = json.loads(rest)
        case "CMD":
            image.command = json.loads(rest)
        case _:
            raise ValueError(f"{word}: no such instruction is known here")


def script(image: Image, base: Path, reachable: list[Path], calls: list[str]) -> str:
    """Give a script for ``unshare --mount``: the steps, then ``calls`` in the finished image.

    ``base``: the environment that stands for the base image. ``reachable``: folders of this machine
    that the image's user must be able to read, as that of an image can. In ``calls``, ``docker_run
    WORD …`` runs a command as the image does, and ``healthy`` asks as its health check does.
    """
    folders = {str(p) for path in reachable for p in (path, *path.parents)} - {"/"}
    as_user = (
        f"inside {image.root} {image.folder} setpriv --reuid {image.user} --regid {image.user} "
        "--clear-groups -- env HOME=/home/curator"
    )
    return "\n".join(
        [
            "set -eu",
            "work=$(mktemp -d)",
            'mount -t tmpfs none "$work"',
            "inside() {",
            '    into=$1 at=$2; shift 2; PATH="$base:$PATH" chroot "$into" \\',
            """    sh -c 'cd "$1"; shift; exec "$@"' - "$at" "$@\" """,
            "}",
            f"base={shlex.quote(str(base.parent))}",
            "stage() {",
            '    mkdir -p "$work/$1/upper" "$work/$1/work" "$work/$1/root"',
            "    mount -t overlay overlay -o "
            '"lowerdir=/,upperdir=$work/$1/upper,workdir=$work/$1/work" "$work/$1/root"',
            '    for own in proc dev; do mount --rbind "/$own" "$work/$1/root/$own"; done',
            *(f'    chmod o+rx "$work/$1/root"{shlex.quote(parent)}' for parent in sorted(folders)),
            "}",
            *image.steps,
            f'docker_run() {{ {as_user} {shlex.join(image.entrypoint)} "$@"; }}',
            f"healthy() {{ {as_user} {shlex.join(image.health)} 2>&1; }}",
            *calls,
        ]
    )
