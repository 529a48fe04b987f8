"""`python -m perflab.experiment.task seed|replay|check JSON`: runs a task in a process of its own.

Django may be used here, as it may not in a notebook's kernel. It says on stdout what happens, one JSON object a line:

    {"event": "phase", "name": ...}    {"event": "progress", "phase": ..., "done": ..., "total": ..., ...}
    {"event": "result", ...}           {"event": "error", "kind": ..., "message": ...}

What the project under test prints goes to stderr. Standard input is a pipe that nobody writes to: its end means that
whoever started this is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perflab.errors import Interrupted, PerflabError

if TYPE_CHECKING:
    import pandas as pd

    from perflab.scenario.models import Precision, Scenario

# Time to save what was measured after the parent is gone; the servers end by themselves 5 s after this process.
LAST_WORDS_S = 3.0


def main(argv: list[str]) -> int:
    tasks: dict[str, Callable[[dict[str, Any], Report], dict[str, Any]]] = {
        "check": check,
        "seed": seed,
        "replay": replay,
    }
    report = Report()
    # A job that CI cancels gets SIGTERM. A shell's background job starts with SIGINT ignored, and the stop button sends it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        end_with_parent()
        result = tasks[argv[0]](json.loads(argv[1]), report)
        report({"event": "result", **result})
        return 0
    except KeyboardInterrupt:
        report({"event": "error", "kind": Interrupted.__name__, "message": "stopped; what was measured is kept"})
    except PerflabError as error:
        report({"event": "error", "kind": type(error).__name__, "message": str(error)})
    except Exception as error:
        traceback.print_exc()
        message = " ".join(f"{type(error).__name__}: {error}".split())
        report({"event": "error", "kind": "PerflabError", "message": message})
    return 2


class Report:
    """Writes events to the process's own stdout, which nothing else can write to any more."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def __call__(self, event: dict[str, Any]) -> None:
        try:
            self._out.write(json.dumps(event, default=str) + "\n")
            self._out.flush()
        except BrokenPipeError:
            pass  # nobody listens; end_with_parent ends the process


def end_with_parent() -> None:
    """Interrupt the main thread when stdin ends, and leave soon after, whatever it does."""

    def wait() -> None:
        import _thread
        import time

        while os.read(0, 1024):
            pass
        _thread.interrupt_main()
        time.sleep(LAST_WORDS_S)
        os._exit(2)

    threading.Thread(target=wait, daemon=True).start()


def check(arguments: dict[str, Any], report: Report) -> dict[str, Any]:
    """Check a scenario against its Django project; the text that explains it."""
    from perflab.scenario import loading

    return {"text": explanation(loading.load(arguments["scenario"]))}


def explanation(scenario: Scenario) -> str:
    """Set the scenario's project up in this process, check the scenario against it, and return the text that explains it."""
    from perflab.scenario import project
    from perflab.scenario.output.explain import explain
    from perflab.scenario.project_checks import check_project
    from perflab.servers.choice import vendor_of

    project.set_up(scenario.subject.settings, {})
    vendor = vendor_of(scenario.subject.settings, scenario.subject.database)
    check_project(scenario, vendor)
    return explain(scenario, vendor)


def seed(arguments: dict[str, Any], report: Report) -> dict[str, Any]:
    """Have the data that a replay needs: seed it, unless an earlier run did."""
    from perflab import seeding
    from perflab.scenario import loading, profiles

    question = profiles.resolve(loading.load(arguments["scenario"]), arguments["profile"], arguments["overrides"])
    data = seeding.ensure(question, arguments["seed"], report)
    return {"rows": dict(data.rows), "database_bytes": data.database_bytes, "template": data.template}


def replay(arguments: dict[str, Any], report: Report) -> dict[str, Any]:
    """The experiment; the directory of the saved run."""
    from perflab.experiment import run as experiment
    from perflab.scenario import loading, profiles

    loaded = loading.load(arguments["scenario"])
    question = profiles.resolve(loaded, arguments["profile"], arguments["overrides"])
    run = experiment.run(
        question,
        arguments["seed"],
        Path(arguments["directory"]),
        dict(arguments["overrides"]),
        arguments["command"],
        report,
        _stopping_rule(question.scenario.precision),
    )
    return {"run": str(run.directory), "status": run.status}


def _stopping_rule(precision: Precision | None) -> Callable[[pd.DataFrame], bool] | None:
    if precision is None:
        return None
    from perflab.analysis.effects.stopping import FixedWidth  # scipy, 0.4 s

    return FixedWidth(precision.metric, precision.within).is_met


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
