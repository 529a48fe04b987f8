"""Commands about two revisions of a project."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from perflab.cli.commands.shared import FILE

PACKAGES = click.option(
    "--packages", metavar="FILE",
    help="File of each revision that pins its packages, such as requirements.txt or poetry.lock; each runs with its own.  "
    "[default: the same for both]",
)  # fmt: skip


@click.command("duel")
@click.argument("base", required=False)
@click.argument("head", required=False)
@click.option("--scenario", type=FILE, help="Scenario to run.  [default: lab/scenario.yaml, or the only one]")
@click.option(
    "--profile", default="smoke", show_default=True, help="Profile of the scenario, for the size of its data."
)
@click.option(
    "--minutes", type=click.FloatRange(min=1), default=10, show_default=True, help="How long it may take, about."
)
@click.option(
    "--expect",
    type=FILE,
    help="File with lines such as `expect: {slower: [export]}`: what the change is meant to change.",
)
@PACKAGES
@click.option("-q", "--quiet", is_flag=True, help="Show no progress, only the result.")
def duel_command(
    base: str | None,
    head: str | None,
    scenario: Path | None,
    profile: str,
    minutes: float,
    expect: Path | None,
    packages: str | None,
    quiet: bool,
) -> None:
    """Compare two revisions of the project in one run: responses, queries, migrations and times.

    BASE is a branch, tag or commit; by default, the merge base of this branch with the default one. HEAD is a branch, tag or
    commit; by default, the working tree with what is not committed. Both serve the same traffic in turns, on one machine. The
    repository is only read. The run is saved as those of `perflab run` are. It ends early once a typical request's time
    and the CPU time are known to within 0.4 of the scenario's margin.

    Exit codes: 0 nothing is worse and no response changed unexpectedly, 1 something is worse or a response changed unexpectedly,
    2 invalid input or nothing was measured. The scenario's `expect`, or a text's, says what is expected.
    """
    from perflab.cli.revisions.duel import duel

    ended = duel(base, head, scenario, profile, minutes, expect=expect, packages=packages, quiet=quiet)
    click.echo(ended.text)
    sys.exit(ended.code)


@click.command("bisect")
@click.argument("good")
@click.argument("bad", default="HEAD")
@click.option(
    "--metric",
    default="latency_s",
    show_default=True,
    help="What changed: a column of the samples, or `changed_responses`.",
)
@click.option("--endpoint", metavar="NAME", help="The endpoint whose figure it is.  [default: all requests]")
@click.option("--scenario", type=FILE, help="Scenario to run.  [default: lab/scenario.yaml, or the only one]")
@click.option(
    "--profile", default="smoke", show_default=True, help="Profile of the scenario, for the size of its data."
)
@click.option(
    "--minutes", type=click.FloatRange(min=1), default=3, show_default=True, help="How long each duel may take, about."
)
@click.option(
    "--sure", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True, help="Probability at which to stop."
)
@PACKAGES
def bisect_command(good: str, bad: str, metric: str, endpoint: str | None, **options: Any) -> None:
    """Find the commit that changed a figure, by duels of the commits between two revisions.

    GOOD is a revision before the change. BAD is a revision after it, by default HEAD. Measurements are noisy, so each commit has
    a probability of being the one; a duel that contradicts the others makes this one look again.
    """
    from perflab.cli.revisions.bisect import bisect

    click.echo(bisect(good, bad, metric, endpoint, **options, say=click.echo))
