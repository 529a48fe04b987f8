"""Commands about a scenario: writing one, checking it, planning a run of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from perflab.cli.commands.shared import FILE


@click.command("check")
@click.argument("scenario", type=FILE)
def check_command(scenario: Path) -> None:
    """Validate a scenario and explain it, without measuring anything.

    SCENARIO is a scenario file, such as scenarios/marketplace.yaml.
    """
    from perflab.cli.check import check

    click.echo(check(scenario))


@click.command("init")
@click.option("--settings", metavar="MODULE", help="Settings module of the project.  [default: manage.py's]")
@click.option("--python", metavar="PATH", help="Virtual environment of the project.  [default: one in this folder]")
@click.option(
    "--database", type=click.Choice(["postgresql", "sqlite"]), help="Database.  [default: that of the settings]"
)
@click.option(
    "--auth",
    metavar="WAY",
    help="How callers log in: session, token, or package.module:name.  [default: found by trying]",
)
@click.option(
    "--env", metavar="NAME=VALUE", multiple=True, help="Environment variable of the project. Can be repeated."
)
@click.option(
    "--from", "source", metavar="SOURCE",
    help="Existing database to copy: a URL, an alias, an SQLite file.  [default: rows from the models]",
)  # fmt: skip
@click.option(
    "--rows", type=click.IntRange(min=2), default=1_000, show_default=True, help="Number of rows of each model."
)
@click.option("--as-of", metavar="DATE", help="Day on which the data ends.  [default: today]")
@click.option("--output", type=FILE, default="lab/scenario.yaml", show_default=True, help="File to write.")
@click.option("--update", is_flag=True, help="Add new routes to the file; what it has stays as it is.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress, only the result.")
def init_command(output: Path, **options: Any) -> None:
    """Write a first scenario for the Django project in this folder.

    Each route is requested, on private servers, with rows made from the models or copied (--from): those that respond become the
    traffic.
    """
    from perflab.cli.init import init

    click.echo(init(Path.cwd(), output, **options))


@click.command("traffic")
@click.argument("scenario", type=FILE)
@click.argument("places", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@click.option("--write", is_flag=True, help="Change weights, zipf, rate_per_s and read_back in the scenario's file.")
def traffic_command(scenario: Path, places: Sequence[str], write: bool) -> None:
    """Take the weights of a scenario's endpoints from access logs, or from what Silk or the debug toolbar keep.

    SCENARIO is a scenario file. FILE is a log: of nginx, Apache or gunicorn (also .gz), JSON lines, or HAR; or the
    database, a SQLite file or postgresql://..., in which Silk or the toolbar's DatabaseStore keep requests; it is only read, and
    its rate is that of what they keep. No value is kept.
    """
    from perflab.cli.traffic import traffic

    click.echo(traffic(scenario, places, write=write))


@click.command("plan")
@click.argument("scenario", type=FILE)
@click.option("--detect", metavar="CHANGE", required=True, help="Smallest change to detect, such as 2% or 0.02.")
@click.option("--profile", default="default", show_default=True, help="Profile of the scenario to plan for.")
@click.option("--pilot", metavar="RUN", help="Saved run to plan from.  [default: the newest suitable one]")
@click.option("--power", metavar="NUMBER", default="0.8", show_default=True, help="Statistical power.")
def plan_command(scenario: Path, detect: str, profile: str, pilot: str | None, power: str) -> None:
    """Estimate how many rounds and minutes it takes to detect a change.

    SCENARIO is a scenario file, such as scenarios/marketplace.yaml. The noise is taken from a pilot run; where there is none, the
    smoke profile is measured first.
    """
    from perflab.cli.plan import plan

    click.echo(plan(scenario, detect, profile, pilot, power, say=click.echo))
