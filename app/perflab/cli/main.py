"""The command line: thin commands over the library. perflab's own errors are one line on stderr, with exit code 2."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perflab import __version__
from perflab.errors import PerflabError, one_line

if TYPE_CHECKING:
    from perflab.cli.run import Outcome

COMPLETE, OTHERWISE = 0, 2
FILE = click.Path(path_type=Path)
# The folder of perflab itself.
OWN = str(Path(__file__).parents[1])
GATE = {"fine": 0, "worse": 1, "inconclusive": 3}
ARGUMENTS = """\
SCENARIO is a scenario file, such as scenarios/marketplace.yaml.

RUN is a saved run: its directory, its run_id (such as 20261123-101500) or `latest`.

PERFLAB_DATABASE_URL and PERFLAB_CACHE_URL name your own PostgreSQL and Redis-protocol servers, instead of the private ones.

PERFLAB_HOME names the folder for seeded data and running servers, instead of /var/tmp/perflab-<uid>."""


class RunCommand(click.Command):
    """A command whose help lists the parameters that `-p` takes."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list, which comes from the parameters' own declaration."""
        from perflab.notebook.parameters import changeable  # pydantic, 0.1 s

        with formatter.section("Names for -p"):
            formatter.write_dl(list(changeable().items()))


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=ARGUMENTS)
@click.version_option(__version__, prog_name="perflab")
def perflab() -> None:
    """Measure how much each optimisation of a Django project saves, and whether responses stay the same."""


@perflab.command("check")
@click.argument("scenario", type=FILE)
def check_command(scenario: Path) -> None:
    """Validate a scenario and explain it, without measuring anything.

    SCENARIO is a scenario file, such as scenarios/marketplace.yaml.
    """
    from perflab.cli.check import check

    click.echo(check(scenario))


@perflab.command("init")
@click.option("--settings", metavar="MODULE", help="Settings module of the project.  [default: manage.py's]")
@click.option("--python", metavar="PATH", help="Virtual environment of the project.  [default: one in this folder]")
@click.option(
    "--database", type=click.Choice(["postgresql", "sqlite"]), help="Database.  [default: that of the settings]"
)
@click.option(
    "--env", metavar="NAME=VALUE", multiple=True, help="Environment variable of the project. Can be repeated."
)
@click.option(
    "--rows", type=click.IntRange(min=2), default=1_000, show_default=True, help="Number of rows of each model."
)
@click.option("--as-of", metavar="DATE", help="Day on which the data ends.  [default: today]")
@click.option("--output", type=FILE, default="lab/scenario.yaml", show_default=True, help="File to write.")
@click.option("--update", is_flag=True, help="Add to the file what it lacks; nothing in it changes.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress, only the result.")
def init_command(output: Path, **options: Any) -> None:
    """Write a first scenario for the Django project in this folder.

    Each route is requested, on private servers and with rows made from the models: those that respond become the traffic.
    """
    from perflab.cli.init import init

    click.echo(init(Path.cwd(), output, **options))


@perflab.command("traffic")
@click.argument("scenario", type=FILE)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@click.option("--write", is_flag=True, help="Change weights, zipf and rate_per_s in the scenario's file.")
def traffic_command(scenario: Path, files: Sequence[Path], write: bool) -> None:
    """Take the weights of a scenario's endpoints from access logs.

    SCENARIO is a scenario file. FILE is a log: of nginx, Apache or gunicorn (also .gz), JSON lines, or HAR. No value is kept.
    """
    from perflab.cli.traffic import traffic

    click.echo(traffic(scenario, files, write=write))


@perflab.command("run", cls=RunCommand)
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

    _end(run(scenario, profile, [*parameters, *(["decide=true"] if decide else [])], quiet=quiet))


@perflab.command("capacity", cls=RunCommand)
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

    _end(capacity(scenario, profile, seconds, parameters, quiet=quiet))


@perflab.command("plan")
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


@perflab.command("report", short_help="Render the report of a saved run again.")
@click.argument("run", metavar="RUN")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress, only the result.")
def report_command(run: str, quiet: bool) -> None:
    """Render the report of a saved run again, without measuring anything.

    RUN is a directory, a run_id (such as 20261123-101500) or `latest`.
    """
    from perflab.cli.run import report

    _end(report(run, quiet=quiet))


@perflab.command("show")
@click.argument("endpoint", required=False)
@click.option("--run", default="latest", show_default=True, help="Directory or run_id of a saved run.")
@click.option("--cell", default="all_on", show_default=True, help="Cell to look at.")
@click.option(
    "--changed", is_flag=True, help="Take the first request whose response changed instead of the slowest one."
)
def show_command(endpoint: str | None, run: str, cell: str, changed: bool) -> None:
    """Show one request of a saved run: its times in every cell, its queries and their lines, its plan, its cache.

    ENDPOINT is a name in the run's scenario; without it, the endpoint that gained least is taken.
    """
    from perflab.cli.show import show

    click.echo(show(endpoint, run, cell, changed=changed))


@perflab.command("gate", short_help="Check a run, or compare it with a baseline; for CI.")
@click.argument("run", metavar="RUN")
@click.option("--baseline", metavar="RUN", help="Baseline run to compare against.")
@click.option(
    "--inconclusive", type=click.Choice(["fail", "pass"]), default="fail", show_default=True,
    help="Treat inconclusive checks as failure (exit 3) or success (exit 0). Those of claims and single endpoints are neither.",
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


@perflab.command("compare", short_help="Compare two saved runs.")
@click.argument("run_a", metavar="RUN_A")
@click.argument("run_b", metavar="RUN_B")
def compare_command(run_a: str, run_b: str) -> None:
    """Compare two saved runs, as text and as a page, without measuring anything.

    RUN_A and RUN_B are each a directory, a run_id (such as 20261123-101500) or `latest`.
    """
    from perflab.cli.compare import compare

    click.echo(compare(run_a, run_b))


@perflab.command("doctor")
def doctor_command() -> None:
    """Check whether this machine is fit to measure on."""
    from perflab.cli.doctor import examine

    checks = examine()
    for check in checks:
        click.echo(check.line())
    sys.exit(COMPLETE if all(check.ok for check in checks if check.required) else OTHERWISE)


@perflab.command("clean")
@click.option("--data", is_flag=True, help="Also remove seeded data; the next run seeds it again.")
def clean_command(data: bool) -> None:
    """Stop the servers of interrupted runs and drop their databases."""
    from perflab.cli.doctor import clean

    lines, is_clean = clean(data=data)
    click.echo("\n".join(lines))
    sys.exit(COMPLETE if is_clean else OTHERWISE)


def _end(outcome: Outcome) -> None:
    """Print how a command ended, and exit with its code."""
    click.echo(outcome.text)
    sys.exit(COMPLETE if outcome.complete else OTHERWISE)


def main(arguments: Sequence[str] | None = None, prog_name: str = "perflab") -> int:
    """Run a command and return its exit code.

    Args:
        arguments: The words after the program's name; those of this process when None.
        prog_name: The program's name in messages.
    """
    try:
        perflab.main(args=arguments, prog_name=prog_name, standalone_mode=False)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else OTHERWISE
    except PerflabError as error:
        click.echo(f"{prog_name}: {error}", err=True)
        return OTHERWISE
    except click.ClickException as error:
        error.show()
        return OTHERWISE
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"{prog_name}: stopped by the user", err=True)
        return OTHERWISE
    except BrokenPipeError:  # `perflab check ... | head`
        sys.stderr.close()
        return OTHERWISE
    except ImportError as error:  # of the file that lacks the name: a project's pins may be older than perflab's
        if error.path is None or error.path.startswith(OWN):
            return _own_mistake(error, prog_name)
        conflict = f"installed packages do not fit together: {one_line(error)}"
        hint = "`pip check` names those whose versions the project and perflab disagree on"
        click.echo(f"{prog_name}: {conflict}; {hint}", err=True)
        return OTHERWISE
    except Exception as error:
        return _own_mistake(error, prog_name)
    return COMPLETE


def _own_mistake(error: Exception, prog_name: str) -> int:
    """Print an error that perflab did not foresee. Python's own exit code for it, 1, means "worse" to a caller of the gate."""
    traceback.print_exception(error)
    click.echo(f"{prog_name}: internal error, please report: {one_line(error)}", err=True)
    return OTHERWISE
