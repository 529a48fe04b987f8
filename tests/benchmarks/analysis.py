"""What a summary of many samples costs: seconds and memory of this revision, beside those of another one.

Both read the same saved run, each in a process of its own, one after the other. The other revision's `app` is unpacked from the
repository. Its files are those of today: a column that it does not know is none to it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import click

from tests.benchmarks.table import Result, Spread, Table, say
from tests.selftest.speed import PROJECT, ROUNDS, peak_bytes

MODULE = "tests.benchmarks.analysis"
# Of what revision 0e9dee5 takes.
SECONDS, MEMORY = 0.5, 0.6


def measure(before: str, rows: int, times: int) -> Table:
    """Summarise a run of `rows` samples by both revisions, in turn."""
    with tempfile.TemporaryDirectory(prefix="perflab-analysis-") as folder:
        run, former = Path(folder) / "run", Path(folder) / "former"
        run.mkdir()
        unpack(before, former, ("app/perflab",))
        say(f"analysis: writing {rows:,} samples")
        _child(PROJECT / "app", "build", str(run), str(rows))
        sides: dict[str, list[dict[str, float]]] = {before: [], "now": []}
        for number in range(times):
            for name, app in ((before, former / "app"), ("now", PROJECT / "app")):
                say(f"analysis: {name}, {number + 1} of {times}")
                sides[name].append(json.loads(_child(app, "summarise", str(run))))
    table = Table(
        f"The summary of {rows:,} samples: {before} and now",
        ("", "import and read, s", "summarise, s", "together, s", "of it CPU, s", "peak memory, GiB"),
    )
    figures = {name: _figures(measured) for name, measured in sides.items()}
    for name, parts in figures.items():
        texts = [Spread.extremes(parts[part]).text(2) for part in ("read", "summarise", "seconds", "cpu", "memory")]
        table.rows.append([name, *texts])
    for part, most in (("seconds", SECONDS), ("cpu", SECONDS), ("memory", MEMORY)):
        ratio = Spread.extremes(figures["now"][part]).median / Spread.extremes(figures[before][part]).median
        table.results.append(Result(f"{part}, now / {before}", ratio, most))
    table.notes = [
        f"{times} of each in turn: median, and the range. Memory is the largest resident set of the whole process."
    ]
    return table


def _figures(measured: list[dict[str, float]]) -> dict[str, list[float]]:
    return {
        "read": [each["read"] for each in measured],
        "summarise": [each["summarise"] for each in measured],
        "seconds": [each["read"] + each["summarise"] for each in measured],
        "cpu": [each["cpu"] for each in measured],
        "memory": [each["peak_bytes"] / 1024**3 for each in measured],
    }


def unpack(revision: str, folder: Path, paths: Sequence[str]) -> None:
    """Write some paths of another revision of this repository into a folder."""
    archive = subprocess.run(
        ["git", "archive", revision, *paths],
        cwd=PROJECT,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if archive.returncode:
        raise click.ClickException(f"git knows no revision {revision}: give one of this repository with --before")
    # Python 3.11.3 and older have no filter; git itself has made the archive.
    safely: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as packed:
        packed.extractall(folder, **safely)


def _child(app: Path, *arguments: str) -> str:
    """One step in a process of its own, with this perflab; what it printed."""
    others = [path for path in filter(None, sys.path) if Path(path) != PROJECT / "app"]
    process = subprocess.run(
        [sys.executable, "-m", MODULE, *arguments],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(app), *others])},
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if process.returncode:
        raise click.ClickException(f"{arguments[0]} ended with exit code {process.returncode}; its message is above")
    return process.stdout


def summarise(directory: Path) -> dict[str, Any]:
    """Read and summarise a run by whichever perflab is imported; seconds of both, and the peak of memory."""
    began, cpu = time.monotonic(), time.process_time()
    from perflab.analysis import summary

    try:
        from perflab.run import store
    except ImportError:  # before there was this package
        from perflab import store  # type: ignore[no-redef]
    run = store.load(_as_of(directory, vars(store)["SCHEMA_VERSION"]))
    if not hasattr(store.Run, "sample_columns"):
        assert len(run.samples)
    assert len(run.trace)
    read = time.monotonic()
    summary.summarise(run)
    done = time.monotonic()
    used = time.process_time() - cpu
    return {"read": read - began, "summarise": done - read, "cpu": used, "peak_bytes": peak_bytes()}


def _as_of(directory: Path, version: int) -> Path:
    """The same run as one of an older version of the files, whose tables have the same columns or fewer."""
    meta = json.loads((directory / "run.json").read_text(encoding="utf-8"))
    if meta["schema"] == version:
        return directory
    older = directory.parent / f"{directory.name}-{version}"
    if not older.exists():
        older.mkdir()
        for table in ("samples", "trace"):
            (older / table).symlink_to(directory / table)
        (older / "run.json").write_text(json.dumps({**meta, "schema": version}), encoding="utf-8")
    return older


def main(arguments: list[str]) -> int:
    match arguments:
        case ["build", directory, rows]:
            from tests.selftest.large import build

            build(Path(directory), int(rows), ROUNDS)
        case ["summarise", directory]:
            print(json.dumps(summarise(Path(directory))))
        case _:
            print(f"usage: python -m {MODULE} build DIRECTORY ROWS | summarise DIRECTORY", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
