"""Commands between a saved run and production: its results as metrics, and its prediction against what happened."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from perflab.cli.commands.shared import COMPLETE, FILE, WORSE


@click.command("export", short_help="Write a run's results for monitoring: OpenMetrics or OTLP.")
@click.argument("run", required=False, default="latest")
@click.option(
    "--format", "form", type=click.Choice(["openmetrics", "otlp"]), default="openmetrics", show_default=True,
    help="OpenMetrics text, or the JSON that an OpenTelemetry collector takes at /v1/metrics.",
)  # fmt: skip
@click.option(
    "--contrast", "contrasts", metavar="NAME", multiple=True,
    help="Contrast to export, as summary.json names it. Can be repeated.  [default: the headline's]",
)  # fmt: skip
@click.option("--output", metavar="FILE", type=FILE, help="File to write.  [default: standard output]")
@click.option("--dashboard", is_flag=True, help="Write the Grafana dashboard for these metrics, and no results.")
def export_command(run: str, form: str, contrasts: Sequence[str], output: Path | None, dashboard: bool) -> None:
    """Write a run's ratios, intervals and verdicts for monitoring, without measuring anything.

    RUN is a directory, a run_id (such as 20261123-101500) or `latest`, which is the default. What is unknown is left out.
    """
    from perflab.cli.production import export

    text = export.dashboard() if dashboard else export.export(run, form, contrasts)
    click.echo(export.deliver(text, output))


@click.group("history", short_help="Keep the results of many nights, and see where they changed.")
def history_command() -> None:
    """Keep the results of many nights in reports/history, and see when a figure changed."""


@history_command.command("add")
@click.argument("runs", metavar="[RUN]...", nargs=-1)
def history_add(runs: Sequence[str]) -> None:
    """Add saved runs; one that is there already stays as it is.

    RUN is a directory, a run_id (such as 20261123-101500) or `latest`, which is the default.
    """
    from perflab.cli.history import history

    click.echo(history.add(runs or ["latest"]))


@history_command.command("show")
@click.option("--scenario", metavar="NAME", help="Scenario.  [default: that of the newest run]")
@click.option("--profile", metavar="NAME", help="Profile.  [default: that of the newest run]")
@click.option("--factors", metavar="NAMES", help="Switched factors, joined by +.  [default: those of the newest run]")
@click.option("--metric", default="latency_s", show_default=True, help="Figure: a column of the samples.")
@click.option("--statistic", default="mean", show_default=True, help="Statistic, such as p95 or paired_median.")
@click.option("--endpoint", default="ALL", show_default=True, help="Endpoint; ALL is all requests.")
@click.option("--contrast", default="all_on / all_off", show_default=True, help="Cells that are compared.")
def history_show(**choice: str) -> None:
    """Show one figure night by night, with the commits, and when it changed.

    The figure is a ratio within each run, so that machines may change. A change needs at least ten nights, two of them after it.
    """
    from perflab.cli.history import history

    click.echo(history.show(history.Choice(**choice)))


@click.command("confirm", short_help="Compare a run's prediction with production before and after a deployment.")
@click.argument("run", required=False)
@click.option("--before", metavar="DIRECTORY", type=FILE, help="Logs and snapshots of the days before the deployment.")
@click.option("--after", metavar="DIRECTORY", type=FILE, help="Those of the days after it.")
@click.option("--contrast", metavar="NAME", help="Contrast that was deployed.  [default: the headline's]")
@click.option(
    "--control", "controls", metavar="ENDPOINT", multiple=True,
    help="Endpoint that the deployment leaves alone. Can be repeated.  [default: those that the run predicts to be unchanged]",
)  # fmt: skip
@click.option("--ledger", is_flag=True, help="Show how earlier predictions came out.")
def confirm_command(
    run: str | None,
    before: Path | None,
    after: Path | None,
    contrast: str | None,
    controls: Sequence[str],
    ledger: bool,
) -> None:
    """Compare a run's prediction with production's own numbers, before and after a deployment.

    RUN is a directory, a run_id (such as 20261123-101500) or `latest`. Each directory holds access logs with the time that each
    request took, and may hold snapshots of pg_stat_statements; docs/confirm.md says how to make both. A day is the unit: three
    are needed on either side, and whole weeks are better. What the controls show as well is subtracted. Each prediction is
    recorded once, in predictions.jsonl beside the runs: endpoints, ratios with intervals, and verdicts.

    Exit codes: 0 it agrees or nothing can be told, 1 it disagrees, 2 invalid input.
    """
    from perflab.cli.production import confirm

    outcome = confirm.confirm(confirm.Options(run, before, after, contrast, controls, ledger))
    click.echo(outcome.text)
    sys.exit(WORSE if outcome.disagrees else COMPLETE)
