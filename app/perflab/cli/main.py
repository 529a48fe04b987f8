"""The command line: thin commands over the library. perflab's own errors are one line on stderr, with exit code 2."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from perflab import __version__
from perflab.cli.commands import machine, production, revisions, runs, scenarios
from perflab.cli.commands.shared import COMPLETE, OTHERWISE
from perflab.errors import PerflabError, one_line

# The folder of perflab itself.
OWN = str(Path(__file__).parents[1])
ARGUMENTS = """\
SCENARIO is a scenario file, such as scenarios/marketplace.yaml.

RUN is a saved run: its directory, its run_id (such as 20261123-101500) or `latest`.

PERFLAB_DATABASE_URL and PERFLAB_CACHE_URL name your own PostgreSQL and Redis-protocol servers, instead of the private ones.

PERFLAB_HOME names the folder for seeded data and running servers, instead of /var/tmp/perflab-<uid>.

PERFLAB_REPORTS names the folder for saved runs, instead of reports/."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=ARGUMENTS)
@click.version_option(__version__, prog_name="perflab")
def perflab() -> None:
    """Measure how much each optimisation of a Django project saves, and whether responses stay the same."""


for _command in (
    scenarios.check_command, scenarios.init_command, scenarios.traffic_command, scenarios.plan_command,
    runs.run_command, runs.capacity_command, runs.matrix_command, runs.report_command, runs.show_command, runs.gate_command,
    runs.compare_command,
    revisions.duel_command, revisions.bisect_command, runs.comment_command,
    production.history_command, production.confirm_command, production.export_command,
    machine.doctor_command, machine.clean_command,
):  # fmt: skip
    perflab.add_command(_command)


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
