"""Start a cluster of this machine alone; print as JSON what it does, and who can reach it."""

from __future__ import annotations

import json
import operator
import os
import subprocess
import sys

import psutil

from kgreview.cluster.ray_workers import on_cluster
from kgreview.errors import KGReviewError
from kgreview.partitions import over

STRANGER = "import ray, sys; ray.init(address=sys.argv[1], logging_level='error')"


def refuse(_: str, value: str) -> None:
    """Raise what a user is to see."""
    raise KGReviewError(f"this is no number: {value}")


def fault_of(value: str) -> str:
    """Give what comes here of a fault there."""
    try:
        list(over(refuse, ("",), [value]))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def heard_at() -> set[str]:
    """Give the addresses at which processes of the cluster, and this one, listen."""
    found = set()
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        for connection in process.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN:
                found.add(connection.laddr.ip.removeprefix("::ffff:"))
    return found


def main() -> None:
    """Look at a cluster of two processors."""
    with on_cluster("local:2"):
        import ray

        sums = list(over(operator.add, (10,), [1, 2, 3]))
        address = ray.get_runtime_context().gcs_address
        known = {k: to for k, to in os.environ.items() if not k.startswith("RAY_AUTH")}
        stranger = subprocess.run(
            [sys.executable, "-c", STRANGER, address], env=known, capture_output=True, check=False
        )
        found = {
            "sums": sums,
            "fault": fault_of("x"),
            "listens_to": sorted(heard_at()),
            "stranger_is_in": stranger.returncode == 0,
        }
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main()
