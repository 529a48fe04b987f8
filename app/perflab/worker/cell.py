"""Sets up a cell's project in this process: guards and clocks first, because settings may do anything as they are imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from perflab.scenario import project
from perflab.worker.clock import Clocks, ShownClock
from perflab.worker.guards import Guards
from perflab.worker.guards.contacts import CLOCK
from perflab.worker.protocol import WorkerConfig


def set_up(
    config: WorkerConfig, settings_module: str, clock: ShownClock | None, before: Callable[[], object] = lambda: None
) -> Guards | None:
    """Set the project of a cell up, in a process that has done nothing with it yet; return its guards.

    Args:
        config: The cell.
        settings_module: The project's settings.
        clock: What all clocks show; None leaves them alone.
        before: Called when guards and clocks are there, and the project is not.

    Raises:
        PerflabError: The project cannot be set up.
    """
    guards: Guards | None = None
    if config.folder is not None:
        guards = Guards(config.allowed, Path(config.folder))
        guards.install()
        guards.files.add(config.origins)
    clocks: Clocks | None = None
    if clock is not None:

        def unmoved(name: str) -> None:
            """Report a clock that keeps the machine's time."""
            if guards is not None:
                guards.contacts.add(CLOCK, name)

        clocks = Clocks(clock, unmoved)
        clocks.install()
    before()
    project.set_up(settings_module, config.settings)
    if guards is not None:
        guards.set_up()
    if clocks is not None:
        clocks.prepare_databases()
    return guards
