"""`python -m tests.fuzz [--examples N] [--seed N] [--only KIND[:NUMBER]]`: exit code 1 where perflab fails on an example."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from perflab.scenario import project
from tests.benchmarks.command import SETTINGS
from tests.fuzz.inputs import KINDS, PROJECT, example
from tests.fuzz.judging import failure
from tests.fuzz.minimising import MAX_TRIES, minimised

SHOWN = 600


@dataclass(frozen=True)
class Failure:
    """One way in which perflab fails, and the first example of it."""

    kind: str
    number: int
    name: str
    how: str
    data: bytes


def failures(kind: str, numbers: range, seed: int, folder: Path) -> Iterator[Failure]:
    """Yield the examples on which perflab fails.

    Args:
        kind: One of KINDS.
        numbers: The examples' numbers.
        seed: That of all examples.
        folder: Where the examples are written.
    """
    for number in numbers:
        name, data = example(kind, number, seed)
        how = _how(folder / name, data)
        if how is not None:
            yield Failure(kind, number, name, how, data)


def _how(file: Path, data: bytes) -> str | None:
    file.write_bytes(data)
    return failure(file)


@click.command(context_settings=SETTINGS)
@click.option("--examples", default=10_000, help="So many of each kind.")
@click.option("--seed", default=1, help="That of all examples.")
@click.option("--only", default="", help=f"One kind ({', '.join(KINDS)}), or one example of it: scenario:1234.")
def main(examples: int, seed: int, only: str) -> None:
    """Print each way in which perflab fails on a mutated file, once, with a minimised example."""
    kind, _, number = only.partition(":")
    numbers = range(int(number), int(number) + 1) if number else range(examples)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_config.settings")
    sys.path[:0] = [str(PROJECT / "app")]
    project.set_up("site_config.settings", {})
    warnings.simplefilter("error")  # several lines on a terminal, with parts of the file
    count = 0
    with tempfile.TemporaryDirectory(prefix="perflab-fuzz-") as name:
        for each in (kind,) if kind else KINDS:
            count += _report(each, numbers, seed, Path(name))
    sys.exit(1 if count else 0)


def _report(kind: str, numbers: range, seed: int, folder: Path) -> int:
    """Run the examples of one kind, print the ways in which they fail, and return how many fail."""
    ways: dict[str, list[Failure]] = {}
    for found in failures(kind, numbers, seed, folder):
        ways.setdefault(_way(found.how), []).append(found)
    count = sum(map(len, ways.values()))
    click.echo(f"{kind}: {len(numbers):,} examples, {count:,} failures of {len(ways)} kinds")
    for way, members in ways.items():
        first = members[0]
        tries = 20 if "more than" in way else MAX_TRIES
        short = minimised(first.data, _fails_alike(folder / first.name, way), tries)
        click.echo(
            f"  {len(members):,} x {first.how} (--only {kind}:{first.number} --seed {seed})\n    {short[:SHOWN]!r}"
        )
    return count


def _fails_alike(file: Path, way: str) -> Callable[[bytes], bool]:
    return lambda data: _way(_how(file, data) or "") == way


def _way(how: str) -> str:
    """Return a failure without what differs from example to example."""
    return how.partition(": ")[0]


if __name__ == "__main__":
    main()
