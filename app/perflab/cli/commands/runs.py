"""Commands that make a run, and those that read one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from perflab.cli.commands.shared import COMPLETE, FILE, GATE, end


class RunCommand(click.Command):
    """A command whose help lists the parameters that `-p` takes."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list, which comes from the parameters' own declaration."""
        from perflab.notebook.parameters import changeable  # pydantic, 0.1 s

        with formatter.section("Names for -p"):
            formatter.write_dl(list(changeable().items()))


@click.command("run", cls=RunCommand)
@click.argument("scenario", type=FILE)
@click.option("--profile", default="default", show_default=True, help="Profile of the scenario to run.")
@click.option(
    "-p", "parameters", metavar="NAME=VALUE", multiple=True,
    help="Override a value of the scenario for this run, such as rounds=5. Can be repeated.",
)  # fmt: skip
@click.option("--decide", is_flag=True, help="Stop once all claims are decided, or cannot be in the rounds left.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress, only the result.")
def run_command(scenario: Path, profile: str, parameters: Sequence[str], decide: bool, quiet: bool) -> None:
    """Run a scenario: seed, replay, draw charts and write the report.

    SCENARIO is a scenario file, such as scenarios/marketplace.yaml. The run is saved in reports/<scenario>/<run_id>/.
    """
    from perflab.cli.run import run

    end(run(scenario, profile, [*parameters, *(["decide=true"] if decide else [])], quiet=quiet))


@click.command("capacity", cls=RunCommand)
@click.argument("scenario", type=FILE)
@click.option("--profile", default="default", show_default=True, help="Profile of the scenario to run.")
@click.option("--seconds", type=click.FloatRange(min=10), help="Seconds under load.  [default: the scenario's]")
@click.option(
    "-p", "parameters", metavar="NAME=VALUE", multiple=True,
    help="Override a value of the scenario for this run, such as scale=0.1. Can be repeated.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Show no progress, only the result.")
def capacity_command(
    scenario: Path, profile: str, seconds: float | None, parameters: Sequence[str], quiet: bool
) -> None:
    """Measure how many users a scenario's cells serve, and what gives out first.

    SCENARIO is a scenario file with `capacity`, such as scenarios/marketplace.yaml. The load test follows a short replay, which
    compares responses and shows where to look. The run is saved as those of `perflab run` are.
    """
    from perflab.cli.capacity import capacity

    end(capacity(scenario, profile, seconds, parameters, quiet=quiet))


@click.command("matrix", cls=RunCommand, short_help="Run a scenario at many points, on one machine or several.")
@click.argument("scenario", type=FILE)
@click.option(
    "--over",
    metavar="KEY=V1,V2,...",
    multiple=True,
    required=True,
    help="Key of the scenario that is varied, and its values, such as traffic.zipf=0.6,1,1.4. Can be repeated.",
)
@click.option("--profile", default="default", show_default=True, help="Profile of the scenario to run.")
@click.option(
    "-p",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="Override a value of the scenario at all points, such as rounds=5. Can be repeated.",
)
@click.option("--name", help="Name of the matrix, to resume it or to begin another.  [default: the scenario's]")
@click.option(
    "--scheduler", metavar="URL", help="Scheduler of Dask, such as tcp://10.0.0.1:8786.  [default: a worker here]"
)
@click.option(
    "--project", metavar="PATH", type=FILE, help="Folder of the project on the workers' machines.  [default: as here]"
)
@click.option("--every-machine", is_flag=True, help="Run each point on each machine, to compare their verdicts.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress, only the result.")
def matrix_command(quiet: bool, **options: Any) -> None:
    """Run a scenario at each combination of values, and show where its claims hold.

    SCENARIO is a scenario file. A KEY is a place in it, such as traffic.zipf, traffic.endpoints.pay.weight (an entry by its
    name), profile.rounds or data.scale (of the profile); or a name of -p, such as seed. Each point is a run, saved in
    reports/matrix/NAME/points/; the page is reports/matrix/NAME/matrix.html. Repeat the command to run those that
    are missing.

    Exit codes: 0 all points are done, 1 some failed, 2 invalid input or stopped.
    """
    from perflab.cli.matrix.matrix import Request, matrix

    ended = matrix(Request(**options), quiet=quiet)
    click.echo(ended.text)
    sys.exit(ended.code)


@click.command("report", short_help="Render the report of a saved run again.")
@click.argument("run", metavar="RUN")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress, only the result.")
def report_command(run: str, quiet: bool) -> None:
    """Render the report of a saved run again, without measuring anything.

    RUN is a directory, a run_id (such as 20261123-101500) or `latest`.
    """
    from perflab.cli.run import report

    end(report(run, quiet=quiet))


@click.command("show")
@click.argument("endpoint", required=False)
@click.option("--run", default="latest", show_default=True, help="Directory or run_id of a saved run.")
@click.option("--cell", help="Cell to look at.  [default: the one with everything on]")
@click.option(
    "--changed", is_flag=True, help="Take the first request whose response changed instead of the slowest one."
)
def show_command(endpoint: str | None, run: str, cell: str | None, changed: bool) -> None:
    """Show one request of a saved run: its times in every cell, its queries and their lines, its plan, its cache.

    ENDPOINT is a name in the run's scenario; without it, the endpoint that gained least is taken, or without
    factors the one that takes most time.
    """
    from perflab.cli.show import show

    click.echo(show(endpoint, run, cell, changed=changed))


@click.command("gate", short_help="Check a run, or compare it with a baseline; for CI.")
@click.argument("run", metavar="RUN")
@click.option("--baseline", metavar="RUN", help="Baseline run to compare against.")
@click.option(
    "--inconclusive", type=click.Choice(["fail", "pass"]), default="fail", show_default=True,
    help="Treat inconclusive checks as failure (exit 3) or success (exit 0). Those of claims and single endpoints never count.",
)  # fmt: skip
@click.option(
    "--allow-loosened", is_flag=True,
    help="Accept a scenario that demands less than the baseline's: removed claims or endpoints, looser bounds, a wider margin.",
)  # fmt: skip
def gate_command(run: str, baseline: str | None, inconclusive: str, *, allow_loosened: bool) -> None:
    """Fail if a run is worse than its baseline; without one, if a request failed, a response changed or a claim is refuted.

    RUN is a directory, a run_id (such as 20261123-101500) or `latest`. With --baseline, the gate checks the scenario, errors,
    responses, queries, times and claims. It fails if a request failed or something became worse, and accepts changed responses
    and refuted claims that the baseline already had. It writes junit.xml into the run's directory.

    Exit codes: 0 the run passes, 1 something is worse or failed, 2 invalid input or nothing was measured, 3 inconclusive.
    """
    from perflab.cli.compare import gate

    pass_inconclusive = inconclusive == "pass"
    judgement = gate(run, baseline, pass_inconclusive=pass_inconclusive, allow_loosened=allow_loosened)
    click.echo(judgement.text)
    sys.exit(COMPLETE if pass_inconclusive and judgement.outcome == "inconclusive" else GATE[judgement.outcome])


@click.command("compare", short_help="Compare two saved runs.")
@click.argument("run_a", metavar="RUN_A")
@click.argument("run_b", metavar="RUN_B")
def compare_command(run_a: str, run_b: str) -> None:
    """Compare two saved runs, as text and as a page, without measuring anything.

    RUN_A and RUN_B are each a directory, a run_id (such as 20261123-101500) or `latest`.
    """
    from perflab.cli.compare import compare

    click.echo(compare(run_a, run_b))


@click.command("comment", short_help="Say what a pull request changed, as a comment that is edited in place.")
@click.argument("run", required=False)
@click.option("--baseline", metavar="RUN", help="Baseline run to compare against.")
@click.option("--from", "source", metavar="FILE", type=FILE, help="File that --json wrote, in place of RUN.")
@click.option("--output", metavar="FILE", type=FILE, help="Write the comment to a file.")
@click.option("--summary", metavar="FILE", type=FILE, help="Write the longer text for a job's summary, within 1 MiB.")
@click.option("--json", metavar="FILE", type=FILE, help="Write what another job posts by --from.")
@click.option("--sarif", metavar="FILE", type=FILE, help="Write the findings that have a line of code, as SARIF.")
@click.option("--post", type=click.Choice(["github", "gitlab"]), help="Post the comment, or edit the earlier one.")
@click.option("--event", metavar="FILE", type=FILE, help="File with GitHub's event.  [default: GITHUB_EVENT_PATH]")
@click.option("--link", metavar="URL", help="Address of the report.  [default: the page of the workflow or job]")
@click.option("--name", metavar="NAME", help="Name of the comment, where there are several.  [default: the scenario's]")
@click.option("--folder", metavar="DIRECTORY", default="", help="Folder of the project in its repository, for --sarif.")
@click.option("--allow-loosened", is_flag=True, help="As in `perflab gate`.")
def comment_command(**options: Any) -> None:
    """Say what a pull request changed: at most 20 lines of Markdown, what is worse first.

    RUN is a directory, a run_id (such as 20261123-101500) or `latest`. With --baseline, it is compared with another run, as by
    `perflab gate`. Without it, the comment is about the run's two revisions, or, if it has none, about everything on and off.

    --post github needs GITHUB_TOKEN and a workflow on pull_request or workflow_run. In the latter, without RUN, what to say comes
    from the artefact perflab-comment of the workflow that ended. --post gitlab needs GITLAB_TOKEN. If nothing changed and there
    is no earlier comment, nothing is posted.

    It prints the comment; with --post or an option that writes a file, it prints changed=true or changed=false instead. `perflab
    gate` writes JUnit.
    """
    from perflab.cli.posting.comment import Options, comment

    click.echo(comment(Options(**options)))
