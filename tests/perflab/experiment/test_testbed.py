"""The lab: where its processes may run and when, and what the workers of its cells are to be."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest

from perflab.experiment.host import Pinning, plan_pinning
from perflab.experiment.testbed import Lab
from perflab.run.cells import cells_of
from perflab.scenario import project
from perflab.scenario.factors.base import CellChanges, Context, Factor
from perflab.scenario.factors.cache import CacheFactor
from perflab.scenario.factors.setting import SettingFactor
from perflab.scenario.project import DUMMY_BACKEND
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import Order

affinity = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2, reason="nothing to choose from"
)


@dataclass
class Server:
    """Notes where it was put."""

    pid: int | None = None
    places: list[list[int]] = field(default_factory=list)

    def pin(self, cpus: Any) -> bool:
        self.places.append(list(cpus))
        return True


def lab(pinning: Pinning) -> tuple[Lab, Server, Server]:
    database, cache = Server(), Server()
    nothing = cast(Any, None)
    made = Lab(nothing, 1, nothing, [], cast(Any, database), cast(Any, cache), {}, pinning=pinning)
    return made, database, cache


@affinity
def test_only_what_is_measured_is_kept_on_one_core() -> None:
    """What a pinned process starts inherits its core: the next round's clones and workers would be made on one alone."""
    allowed = os.sched_getaffinity(0)
    planned = plan_pinning()
    made, database, cache = lab(planned)
    with made.pinned([]):
        assert os.sched_getaffinity(0) == set(planned.others)
        assert database.places == cache.places == [list(planned.measured)]
    assert os.sched_getaffinity(0) == allowed
    assert database.places[1:] == cache.places[1:] == [sorted(allowed)]


@affinity
def test_a_failed_replay_gives_the_cores_back_too() -> None:
    allowed = os.sched_getaffinity(0)
    made, _, _ = lab(plan_pinning())
    with pytest.raises(KeyboardInterrupt), made.pinned([]):
        raise KeyboardInterrupt
    assert os.sched_getaffinity(0) == allowed


def test_where_nothing_can_be_pinned_nothing_is_tried() -> None:
    made, database, cache = lab(Pinning(False, (0,), (0,), "there is only one core"))
    with made.pinned([os.getpid()]):
        pass
    assert not database.places and not cache.places


class Greeting(Factor):
    """A kind that changes the environment of the process and an option of the connection."""

    caches: ClassVar[bool] = False

    def changes(self, on: bool, context: Context) -> CellChanges:
        return CellChanges(
            database_options={"timeout": 7 if on else 3}, environment={"TINY_GREETING": "servus" if on else "moin"}
        )


def lab_of(*factors: Factor) -> Lab:
    """A lab of the tiny project that has not opened anything."""
    scenario = SimpleNamespace(
        factors=factors,
        subject=SimpleNamespace(settings="tests.projects.tiny", auth=None),
        data=SimpleNamespace(as_of=SimpleNamespace(isoformat=lambda: "2025-10-20")),
    )
    entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {"check_same_thread": False}}
    database = SimpleNamespace(pid=None, django_settings=lambda name: entry)
    cache = SimpleNamespace(pid=None, url=lambda: "redis://lab")
    cells = cells_of([factor.name for factor in factors])
    made = Lab(
        cast(Any, SimpleNamespace(scenario=scenario)),
        1,
        cast(Any, None),
        cells,
        cast(Any, database),
        cast(Any, cache),
        {},
    )
    made.context = Context(project.base_settings("tests.projects.tiny"))
    return made


def test_what_factors_change_reaches_the_worker(tmp_path: Path) -> None:
    """Database options beside the server's own, and the environment before the settings are read."""
    made = lab_of(Greeting(name="greeting", kind="greeting"))
    for cell, timeout, greeting in ((made.cells[0], 3, b"moin"), (made.cells[1], 7, b"servus")):
        job = made.job(cell, {cell.name: "copy"}, 1)
        assert job.settings["DATABASES"]["default"]["OPTIONS"] == {"check_same_thread": False, "timeout": timeout}
        worker = WorkerHandle.start(job, tmp_path / "worker.log", hash_seed=1)
        try:
            worker.wait_ready()
            worker.block([Order(0, 0.0, "GET", "/greet/", None, None)])
            (response,) = worker.show([0])
        finally:
            worker.stop()
        assert response is not None and response["body"]["greeting"] == greeting.decode()


def test_a_cells_settings_are_the_factors_and_the_labs_own() -> None:
    caching = CacheFactor(name="caching", kind="cache", aliases=["default"])
    made = lab_of(
        SettingFactor(name="polite", kind="setting", setting="GREETING", when_off="oi", when_on="hello"), caching
    )
    jobs = {cell.name: made.job(cell, {cell.name: "copy"}, 1) for cell in made.cells}
    assert jobs["all_off"].settings["GREETING"] == "oi"
    assert jobs["all_off"].settings["CACHES"]["default"] == {"BACKEND": DUMMY_BACKEND}
    assert jobs["caching"].settings["CACHES"]["default"]["BACKEND"].endswith("LocMemCache")
    assert jobs["polite"].settings["DEBUG"] is False and jobs["polite"].settings["ALLOWED_HOSTS"] == ["*"]
    assert jobs["polite"].environment == {}
    assert made.cached == {"caching", "all_on", "twin", "canary"}
    assert made.uncached == "polite"
