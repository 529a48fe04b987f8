"""`python -m perflab.experiment.task check|draft|seed|replay JSON`: runs a task in a process of its own.

Django may be used here, unlike in a notebook's kernel. Events go to stdout, one JSON object per line:

    {"event": "phase", "name": ...}    {"event": "progress", "phase": ..., "done": ..., "total": ..., ...}
    {"event": "result", ...}           {"event": "error", "kind": ..., "message": ...}

Output of the project under test goes to stderr. Standard input is a pipe without a writer: its end means that the parent
process is gone.
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

from perflab.errors import Interrupted, PerflabError, SubjectError, one_line

if TYPE_CHECKING:
    from perflab.run.store import Run
    from perflab.scenario.models import Scenario
    from perflab.scenario.profiles import Resolved

# Time to save what was measured after the parent is gone; the servers end by themselves 5 s after this process.
SAVE_TIMEOUT_S = 3.0


def main(argv: list[str]) -> int:
    """Run the task `argv[0]` with the arguments in `argv[1]` (JSON), and return the exit code: 0, or 2 after an error."""
    tasks: dict[str, Callable[[dict[str, Any], EventWriter], dict[str, Any]]] = {
        "check": check,
        "draft": draft,
        "seed": seed,
        "replay": replay,
    }
    report = EventWriter()
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
        if isinstance(error, SubjectError) and error.__cause__ is not None:  # the project's own traceback, for the log
            traceback.print_exception(error.__cause__)
        report({"event": "error", "kind": type(error).__name__, "message": str(error)})
    except Exception as error:
        traceback.print_exc()
        report({"event": "error", "kind": "PerflabError", "message": one_line(error)})
    return 2


class EventWriter:
    """Write events to the process's own stdout, and redirect everything else that is printed to stderr."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def __call__(self, event: dict[str, Any]) -> None:
        """Write one event as a line; do nothing once the parent is gone."""
        try:
            with self._lock:  # rounds may be played at once, each in a thread
                self._out.write(json.dumps(event, default=str) + "\n")
                self._out.flush()
        except BrokenPipeError:
            pass  # the parent is gone; end_with_parent ends the process


def end_with_parent() -> None:
    """Interrupt the main thread when stdin ends, and exit soon after, whatever it does."""

    def wait() -> None:
        import _thread
        import time

        while os.read(0, 1024):
            pass
        _thread.interrupt_main()
        time.sleep(SAVE_TIMEOUT_S)
        os._exit(2)

    threading.Thread(target=wait, daemon=True).start()


def check(arguments: dict[str, Any], report: EventWriter) -> dict[str, Any]:
    """Check a scenario against its Django project; return the text that explains it.

    Args:
        arguments: `scenario`, the file.
        report: Receives events.
    """
    from perflab.scenario import loading

    return {"text": explanation(loading.load(arguments["scenario"]))}


def explanation(scenario: Scenario) -> str:
    """Set the scenario's project up in this process, check the scenario against it, and return the text that explains it."""
    from contextlib import ExitStack

    from perflab import seeding
    from perflab.experiment.isolate import caches, databases, outside
    from perflab.experiment.isolate.remarks import remarks
    from perflab.experiment.revisions.projects import checked, opened
    from perflab.scenario import project
    from perflab.scenario.output.explain import explain
    from perflab.scenario.project_checks import switched_by
    from perflab.scenario.subject import surroundings
    from perflab.seeding.sources import source_of
    from perflab.servers.choice import vendor_of
    from perflab.worker.guards import own

    with ExitStack() as stack:
        scenario, projects = opened(scenario, stack)
        vendor = vendor_of(scenario.subject.settings, scenario.subject.database)
        scenario, further = checked(scenario, projects, vendor)
        settings = project.base_settings(scenario.subject.settings)
        caches.check(settings, scenario.subject.settings)
        notes = [*surroundings.remarks(scenario.subject), *remarks(scenario, settings), *further]
        taken = [] if scenario.data.is_drawn else source_of(seeding.spec_of(scenario, {}, 0)).prepare()
        changed = [
            *taken,
            *databases.described(scenario.subject.settings, scenario.subject.database),
            *outside.remarks(settings),
            *outside.sentences(own.contacts()),
        ]
        return explain(scenario, vendor, changed, notes=notes, switched=switched_by(scenario, vendor))


def draft(arguments: dict[str, Any], report: EventWriter) -> dict[str, Any]:
    """Find out what a first scenario of a project can ask; see drafting.py.

    Args:
        arguments: Those of `drafting.draft`.
        report: Receives events.
    """
    from perflab.experiment import drafting

    return drafting.draft(arguments, report)


def seed(arguments: dict[str, Any], report: EventWriter) -> dict[str, Any]:
    """Seed the data that a replay needs, unless an earlier run did; return what there is.

    Args:
        arguments: `scenario`, `profile`, `overrides` and `seed`.
        report: Receives events.
    """
    from dataclasses import replace

    from perflab import seeding
    from perflab.experiment.isolate import outside
    from perflab.experiment.revisions.sides import sides_of
    from perflab.scenario import loading, profiles

    question = profiles.resolve(loading.load(arguments["scenario"]), arguments["profile"], arguments["overrides"])
    with sides_of(question.scenario) as (scenario, _), outside.guarded(scenario):
        question = replace(question, scenario=scenario)
        data = seeding.ensure(question, arguments["seed"], report, anew=True)
    result: dict[str, Any] = {"rows": dict(data.rows), "database_bytes": data.database_bytes, "template": data.template}
    return {**result, "remarks": "; ".join(data.remarks)} if data.remarks else result


def replay(arguments: dict[str, Any], report: EventWriter) -> dict[str, Any]:
    """Run the experiment; return the directory and the status of the saved run.

    Args:
        arguments: `scenario`, `profile`, `overrides`, `seed`, `directory` and `command`.
        report: Receives events.
    """
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
        _stopping_rule(question),
    )
    return {"run": str(run.directory), "status": run.status}


def _stopping_rule(question: Resolved) -> Callable[[Run], bool] | None:
    """Return what says after each round whether the run may stop; None if it has all of its rounds."""
    from perflab.run.scenario import endpoint_weights, stops_by_times

    precision = question.scenario.precision
    if question.profile.decide and stops_by_times(question.as_dict()):
        from perflab.analysis.deciding.times import PreciseTimes  # scipy, 0.4 s
        from perflab.analysis.summary import arranged

        times = PreciseTimes(question.scenario.margin)
        return lambda run: times.is_met(arranged(run))
    if question.profile.decide:
        from perflab.analysis.deciding.claims import may_stop  # scipy, 0.4 s

        return lambda run: may_stop(run, question.profile.rounds)
    if precision is None:
        return None
    from perflab.analysis.effects.stopping import FixedWidth  # scipy, 0.4 s

    rule = FixedWidth(precision.metric, precision.within, weights=endpoint_weights(question.as_dict()))
    return lambda run: rule.is_met(run.samples)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
