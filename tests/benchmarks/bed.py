"""What `measuring` stands on: the marketplace's smoke data on private servers, pinned as in a real run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from perflab import seeding
from perflab.experiment.setup.preparation import prepare
from perflab.experiment.setup.servers import RunServers
from perflab.experiment.testbed import Testbed
from perflab.run.cells import Cell, treatments
from perflab.scenario import loading, profiles, project
from perflab.scenario.profiles import Resolved
from perflab.seeding.target import django_on
from perflab.servers.supervision.lock import Holder, data_lock, replay_lock
from perflab.worker.protocol import WorkerConfig

PROJECT = Path(__file__).parents[2]
SCENARIO = PROJECT / "scenarios" / "marketplace.yaml"
SEED = 1


def question(profile: str = "smoke") -> Resolved:
    """The marketplace's scenario at one of its sizes, with Django set up in this process."""
    from django.apps import apps

    resolved = profiles.resolve(loading.load(SCENARIO), profile)
    if not apps.ready:
        # Signals invalidate the cache at every save: here nobody reads it, and no server is there.
        project.set_up(resolved.scenario.subject.settings, {"CACHES": {"default": {"BACKEND": project.DUMMY_BACKEND}}})
    return resolved


@contextmanager
def turn(lock: bool) -> Iterator[None]:
    """Take turns with replays on this machine, and afterwards be on all processors again."""
    allowed = os.sched_getaffinity(0)
    with ExitStack() as stack:
        if lock:
            stack.enter_context(replay_lock("benchmarks", waiting=_say))
        try:
            yield
        finally:
            os.sched_setaffinity(0, allowed)


def _say(holder: Holder) -> None:
    click.echo(f"waiting for another replay on this machine: {holder}", err=True)


@dataclass
class Bed:
    """An open Testbed, its treatments by name, and numbers for databases and key spaces that nobody has used yet."""

    testbed: Testbed
    cells: dict[str, Cell]
    used: int = 0

    def clone(self, cell: str) -> str:
        """A fresh, warm copy of the database that a cell has."""
        from perflab.servers.ownership import RUN_PREFIX

        self.used += 1
        name = f"{RUN_PREFIX}bench_{os.getpid()}_{self.used}"
        self.testbed.servers.database.clone(self.testbed.prepared.templates[cell], name)
        self.testbed.servers.database.prewarm(name)
        return name

    def worker_config(self, cell: str, database: str) -> WorkerConfig:
        """A worker's configuration as in a run, with cached keys of its own."""
        self.used += 1
        own = replace(self.cells[cell], name=f"{cell}-{self.used}")
        return self.testbed.worker_config(own, {own.name: database}, self.used)


@contextmanager
def open_bed(resolved: Resolved) -> Iterator[Bed]:
    """Seed, start both servers and make the templates."""
    cells = treatments(resolved.scenario.factor_names)
    data = seeding.ensure(resolved, SEED)
    with ExitStack() as stack:
        if data.data_dir is not None:
            stack.enter_context(data_lock(data.data_dir.parent, "benchmarks"))
        servers = stack.enter_context(RunServers.open(resolved, data, len(cells)))
        prepared = prepare(resolved, SEED, data, cells, servers.database)
        testbed = Testbed(resolved, SEED, data, cells, servers, prepared)
        try:
            yield Bed(testbed, {cell.name: cell for cell in cells})
        finally:
            testbed.leave_nothing()
            servers.database.drop_leftovers()


def busiest_payer(bed: Bed) -> int:
    """The user who paid most often: their list of payments fills a page."""
    from django.apps import apps
    from django.db.models import Count

    with django_on(bed.testbed.servers.database.django_settings(bed.testbed.data.template)):
        payments = apps.get_model("marketplace", "Payment").objects
        row = payments.values("payer").annotate(n=Count("pk")).order_by("-n", "payer").first()
    if row is None:
        raise LookupError("the seeded data has no payment")
    return int(row["payer"])
