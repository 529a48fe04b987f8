"""The project's tables, made by a process in the project's own interpreter: its Django runs its migrations."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from perflab.experiment.isolate import files, outside
from perflab.scenario import project
from perflab.scenario.models import Scenario
from perflab.scenario.subject.surroundings import folders, interpreter_of
from perflab.seeding.spec import TableMaker
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import MakeTables, WorkerConfig

NAME = "tables"


def maker(scenario: Scenario) -> TableMaker | None:
    """Return what makes the tables; None where the project runs in perflab's own interpreter.

    Args:
        scenario: The scenario; its folders and variables are those of this process.
    """
    interpreter = interpreter_of(scenario.subject)
    if interpreter is None:
        return None
    python = interpreter.executable

    def make(
        how: str, databases: Mapping[str, Mapping[str, Any]], aliases: Sequence[str], cache_tables: Sequence[str]
    ) -> None:
        subject = scenario.subject
        with tempfile.TemporaryDirectory(prefix="perflab-", ignore_cleanup_errors=True) as made:
            folder = Path(made)
            own = project.base_settings(subject.settings)
            moved, origins = files.isolated(own, folder)
            off = {alias: {"BACKEND": project.SWITCHED_OFF_BACKEND} for alias in own["CACHES"]}
            config = WorkerConfig(
                NAME,
                subject.settings,
                {**outside.isolated(own), **moved, "CACHES": off, "DATABASES": databases},
                probed=False,
                environment=subject.env,
                folder=str(folder),
                origins=origins,
                allowed=outside.allowed(subject.allow, databases=databases.values()),
                python=python,
                path=(*folders(subject.path), str(Path.cwd())),
            )
            log = folder / "tables.log"
            handle = WorkerHandle.start(config, log)
            try:
                handle.wait_ready()
                handle.make_tables(MakeTables(how, list(aliases), list(cache_tables)))
            except Exception:
                sys.stderr.write(log.read_text(errors="replace"))  # the run's log; the folder is removed
                raise
            finally:
                handle.stop()

    return make
