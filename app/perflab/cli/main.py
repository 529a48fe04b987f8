"""The command line: thin commands over the library. Errors of ours come out as one line, with exit code 2."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from perflab import __version__
from perflab.errors import PerflabError

COMPLETE, OTHERWISE = 0, 2
GATE = {"fine": 0, "worse": 1, "inconclusive": 3}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="perflab")
def perflab() -> None:
    """Measure what each optimisation of a Django project buys, and whether the answers stayed the same."""


@perflab.command()
@click.argument("scenario", type=click.Path(path_type=Path))
def check(scenario: Path) -> None:
    """Validate a scenario and explain it; run nothing."""
    from perflab.cli import run as pipeline

    click.echo(pipeline.check(scenario))


@perflab.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--profile", default="default", show_default=True, help="How much: smoke, default or nightly.")
@click.option("-p", "parameters", metavar="NAME=VALUE", multiple=True, help="Change a parameter, such as rounds=5.")
@click.option("-q", "--quiet", is_flag=True, help="No progress; only the outcome.")
def run(scenario: Path, profile: str, parameters: Sequence[str], quiet: bool) -> None:
    """Seed, replay, chart and summarise: notebooks 1 to 4 through papermill."""
    from perflab.cli import run as pipeline

    _show(pipeline.run(scenario, profile, parameters, quiet=quiet))


@perflab.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--detect", metavar="CHANGE", required=True, help="The change to be seen, such as 2% or 0.02.")
@click.option("--profile", default="default", show_default=True, help="How much: smoke, default or nightly.")
@click.option("--pilot", "which", metavar="RUN", help="The run to plan from; else the newest that fits.")
@click.option("--power", default="0.8", show_default=True, help="How often the change is to be seen.")
def plan(scenario: Path, detect: str, profile: str, which: str | None, power: str) -> None:
    """Tell how many rounds and minutes it takes to see a change, from a pilot."""
    from perflab.cli import plan as pilot

    click.echo(pilot.plan(scenario, detect, profile, which, power, say=click.echo))


@perflab.command()
@click.argument("run", metavar="RUN")
@click.option("-q", "--quiet", is_flag=True, help="No progress; only the outcome.")
def report(run: str, quiet: bool) -> None:
    """Render a saved run again, measuring nothing. RUN is a directory, a run_id or `latest`."""
    from perflab.cli import run as pipeline

    _show(pipeline.report(run, quiet=quiet))


@perflab.command()
@click.argument("run", metavar="RUN")
@click.option("--baseline", metavar="RUN", help="The run that nothing may be worse than.")
@click.option(
    "--inconclusive", type=click.Choice(["fail", "pass"]), default="fail", show_default=True,
    help="What to do where something could not be decided: exit with 3, or with 0.",
)  # fmt: skip
def gate(run: str, baseline: str | None, inconclusive: str) -> None:
    """Fail when a run got worse: errors, answers, queries, times, claims. Writes junit.xml beside the run.

    Exits with 0 where all is fine, 1 where something is worse, 2 for bad input or where nothing was measured, and 3 where
    something could not be decided.
    """
    from perflab.cli import compare as comparing

    passes = inconclusive == "pass"
    judgement = comparing.gate(run, baseline, pass_inconclusive=passes)
    click.echo(judgement.text)
    sys.exit(COMPLETE if passes and judgement.outcome == "inconclusive" else GATE[judgement.outcome])


@perflab.command()
@click.argument("run_a", metavar="RUN_A")
@click.argument("run_b", metavar="RUN_B")
def compare(run_a: str, run_b: str) -> None:
    """Put two saved runs side by side, as text and as a page, measuring nothing."""
    from perflab.cli import compare as comparing

    click.echo(comparing.compare(run_a, run_b))


@perflab.command()
def doctor() -> None:
    """Tell whether this machine is fit to measure on."""
    from perflab.cli.doctor import examine

    findings = examine()
    for finding in findings:
        click.echo(finding.line())
    sys.exit(COMPLETE if all(finding.ok for finding in findings if finding.required) else OTHERWISE)


@perflab.command()
@click.option("--data", is_flag=True, help="Remove seeded data too; the next run makes it again.")
def clean(data: bool) -> None:
    """Stop what an interrupted run left, and drop its databases."""
    from perflab.experiment import liveness
    from perflab.notebook import project
    from perflab.run.store import REPORTS
    from perflab.servers.disk.clean import clean as clean_up

    done = clean_up(data=data)
    for directory in liveness.mark_interrupted(project.root() / REPORTS):
        click.echo(f"marked {project.shown(directory)} as interrupted")
    for word, things in (("stopped", done.stopped), ("removed", done.removed), ("left", done.refused)):
        for thing in things:
            click.echo(f"{word} {thing}")
    if not (done.stopped or done.removed or done.refused):
        click.echo("nothing to clean")
    sys.exit(OTHERWISE if done.refused else COMPLETE)


def _show(outcome: object) -> None:
    from perflab.cli.run import Outcome

    assert isinstance(outcome, Outcome)
    click.echo(outcome.text)
    sys.exit(COMPLETE if outcome.complete else OTHERWISE)


def main(arguments: Sequence[str] | None = None, prog_name: str = "perflab") -> int:
    """Run a command; returns its exit code."""
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
    except Exception as error:  # Python's own exit code for it is 1, and that means "worse" to whoever asked the gate
        import traceback

        traceback.print_exc()
        click.echo(f"{prog_name}: this is a mistake of perflab's own: {type(error).__name__}: {error}", err=True)
        return OTHERWISE
    return COMPLETE
