"""Commands about two revisions of a project."""

from __future__ import annotations

from pathlib import Path

import click

from perflab.cli.commands.shared import FILE, end


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
@click.option("-q", "--quiet", is_flag=True, help="Show no progress, only the result.")
def duel_command(
    base: str | None, head: str | None, scenario: Path | None, profile: str, minutes: float, quiet: bool
) -> None:
    """Compare two revisions of the project in one run: responses, queries, migrations and times.

    BASE is a branch, tag or commit; by default, where this branch has left the default one. HEAD is a branch, tag or commit; by
    default, the working tree with what is not committed. Both serve the same traffic in turns, on one machine. The repository is
    only read. The run is saved as those of `perflab run` are.
    """
    from perflab.cli.revisions.duel import duel

    end(duel(base, head, scenario, profile, minutes, quiet=quiet))
