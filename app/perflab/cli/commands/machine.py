"""Commands about this machine: whether it is fit to measure on, and what earlier runs left."""

from __future__ import annotations

import sys

import click

from perflab.cli.commands.shared import COMPLETE, OTHERWISE


@click.command("doctor")
def doctor_command() -> None:
    """Check whether this machine is fit to measure on."""
    from perflab.cli.doctor import examine

    checks = examine()
    for check in checks:
        click.echo(check.line())
    sys.exit(COMPLETE if all(check.ok for check in checks if check.required) else OTHERWISE)


@click.command("clean")
@click.option(
    "--data",
    is_flag=True,
    help="Also remove seeded data and environments of revisions; the next run makes them again.",
)
def clean_command(data: bool) -> None:
    """Stop the servers of interrupted runs and drop their databases."""
    from perflab.cli.doctor import clean

    lines, is_clean = clean(data=data)
    click.echo("\n".join(lines))
    sys.exit(COMPLETE if is_clean else OTHERWISE)
