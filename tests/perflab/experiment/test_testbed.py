"""What a testbed says about the project's caches and indexes, and what the workers of its cells run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest
from django.conf import global_settings

from perflab.errors import PerflabError
from perflab.experiment.host import Pinning, cores, plan_pinning
from perflab.experiment.setup.preparation import Prepared
from perflab.experiment.testbed import Testbed as Bed  # pytest collects what begins with Test
from perflab.experiment.testbed import is_configured
from perflab.run.cells import cells_of
from perflab.run.indexes import Index
from perflab.scenario import project
from perflab.scenario.factors.base import CellChanges, Context, Factor
from perflab.scenario.factors.cache import CacheFactor
from perflab.scenario.factors.setting import SettingFactor
from perflab.scenario.project import DUMMY_BACKEND
from perflab.servers.valkey import KeySpace
from perflab.worker.guards.contacts import CONNECTION, FILE, MAIL, PROCESS, Contact
from perflab.worker.handle import WorkerHandle
from tests.perflab.steps import step_of

INDEXES = [Index(name, "t", "app.T", "meta", (name,), (name,)) for name in ("a", "b")]
CACHING = CacheFactor(name="caching", kind="cache", aliases=["default"])
POLITE = SettingFactor(name="polite", kind="setting", setting="GREETING", when_off="oi", when_on="hello")


class Greeting(Factor):
    """A kind that changes the environment of the process and an option of the connection."""

    caches: ClassVar[bool] = False

    def changes(self, on: bool, context: Context) -> CellChanges:
        return CellChanges(
            database_options={"timeout": 7 if on else 3}, environment={"TINY_GREETING": "servus" if on else "moin"}
        )


def bed_of(*factors: Factor, indexes: list[Index] | None = None) -> Bed:
    """A testbed of the tiny project whose servers are not there."""
    scenario = SimpleNamespace(
        factors=factors,
        subject=SimpleNamespace(
            settings="tests.projects.tiny",
            auth=None,
            host=None,
            allow=["api:80"],
            python=None,
            path=[],
            folder=None,
            env={},
        ),
        as_of=date(2025, 10, 20),
    )
    entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {"check_same_thread": False}}
    servers = SimpleNamespace(
        pinning=plan_pinning(),
        database=SimpleNamespace(pid=None, django_settings=lambda name: entry),
        cache=SimpleNamespace(
            url=lambda: "redis://lab",
            pid=None,
            key_space=lambda name: KeySpace(f"redis://lab/{name}"),
            forget=lambda: None,
        ),
    )
    return Bed(
        cast(Any, SimpleNamespace(scenario=scenario)),
        1,
        cast(Any, None),
        cells_of([factor.name for factor in factors]),
        cast(Any, servers),
        Prepared(context=Context(project.base_settings("tests.projects.tiny")), indexes=indexes or []),
    )


def test_all_processes_share_one_secret_key() -> None:
    """Also those of a project that draws one at random in each process: a session of one is valid in the others."""
    bed = bed_of(POLITE)

    def keys(key: str) -> set[Any]:
        context = Context({**bed.prepared.context.settings, "SECRET_KEY": key})
        own = replace(bed, prepared=replace(bed.prepared, context=context))
        configs = [own.worker_config(cell, {cell.name: "copy"}, 1) for cell in bed.cells if cell.role != "reference"]
        return {config.settings.get("SECRET_KEY") for config in configs}

    assert keys("drawn at random") == {"drawn at random"}
    assert keys("") == {None}, "Django says itself that there is none"


@pytest.mark.parametrize(
    ("caches", "configured"),
    [
        (global_settings.CACHES, False),
        ({"default": {"BACKEND": DUMMY_BACKEND}}, False),
        ({}, False),
        ({"default": {"BACKEND": DUMMY_BACKEND}, "other": {"BACKEND": "django_redis.cache.RedisCache"}}, True),
        ({"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "x"}}, True),
    ],
)
def test_djangos_default_and_the_dummy_cache_are_no_configured_cache(caches: Any, configured: bool) -> None:
    assert is_configured(caches) is configured


def test_a_project_whose_cache_a_factor_switches_has_one() -> None:
    assert bed_of(CACHING).has_cache


def test_the_catalogue_has_the_build_times_that_were_measured_and_the_testbed_stays_as_it_is() -> None:
    bed = bed_of(POLITE, indexes=INDEXES)
    assert [index["build_s"] for index in bed.catalogue({"a": 0.5})["indexes"]] == [0.5, None]
    assert [index["build_s"] for index in bed.catalogue()["indexes"]] == [None, None]
    assert bed.catalogue()["candidates"] == ["a", "b"] and bed.catalogue()["cache_tables"] == []


def test_candidates_are_the_indexes_that_factors_switch_where_there_are_any() -> None:
    assert Prepared(indexes=INDEXES, index_names={"indexes": ["b"]}).candidates == ["b"]


@pytest.mark.parametrize(
    ("allow", "kinds", "is_shared"),
    [
        ([], [], False), ([], [CONNECTION, MAIL], False), (["api:80"], [], True), ([], [MAIL, FILE], True),
        ([], [PROCESS], True),
    ],
)  # fmt: skip
def test_cells_work_at_once_unless_they_share_something_outside(
    allow: list[str], kinds: list[str], is_shared: bool
) -> None:
    bed = bed_of(CACHING)
    cast(Any, bed.question.scenario.subject).allow = allow
    bed.contacts.update(Contact(kind, "target") for kind in kinds)
    assert (bed.shares_something, bed.cells_at_once) == (is_shared, 1 if is_shared else cores())
    cast(Any, bed.servers).pinning = Pinning(True, (1,), (1,))  # a lane has one core
    assert bed.cells_at_once == 1


def test_what_factors_change_reaches_the_worker(tmp_path: Path) -> None:
    """Database options beside the server's own, and the environment before the settings are read."""
    bed = bed_of(Greeting(name="greeting", kind="greeting"))
    for cell, timeout, greeting in ((bed.cells[0], 3, b"moin"), (bed.cells[1], 7, b"servus")):
        config = bed.worker_config(cell, {cell.name: "copy"}, 1)
        assert config.settings["DATABASES"]["default"]["OPTIONS"] == {"check_same_thread": False, "timeout": timeout}
        worker = WorkerHandle.start(config, tmp_path / "worker.log", hash_seed=1)
        try:
            worker.wait_ready()
            worker.block([step_of("/greet/")])
            (response,) = worker.responses([0])
        finally:
            worker.stop()
        assert response is not None and response["body"]["greeting"] == greeting.decode()


def test_a_cells_settings_are_the_factors_and_perflabs_own() -> None:
    bed = bed_of(POLITE, CACHING)
    configs = {cell.name: bed.worker_config(cell, {cell.name: "copy"}, 1) for cell in bed.cells}
    assert configs["all_off"].settings["GREETING"] == "oi"
    assert configs["all_off"].settings["CACHES"]["default"] == {"BACKEND": DUMMY_BACKEND}
    assert configs["caching"].settings["CACHES"]["default"]["BACKEND"].endswith("LocMemCache")
    assert configs["polite"].settings["DEBUG"] is False and configs["polite"].settings["ALLOWED_HOSTS"] == ["*"]
    own = Path(str(configs["polite"].folder))
    assert configs["polite"].environment == {"TMPDIR": str(own / "tmp")}
    assert configs["polite"].settings["MEDIA_ROOT"] == next(iter(configs["polite"].origins))
    assert Path(configs["polite"].settings["MEDIA_ROOT"]).is_relative_to(own)
    assert len({config.folder for config in configs.values() if config.settings_module}) == len(configs) - 1
    assert {"api:80", "lab:6379"} <= set(configs["polite"].allowed)
    assert configs["polite"].as_of == "2025-10-20T05:00:00+00:00", "that day in America/Chicago, too"
    assert bed.caching == {"caching", "all_on", "twin", "canary"}
    assert bed.uncached == "polite"


def test_requests_go_to_the_projects_host() -> None:
    bed = bed_of(POLITE)
    assert {bed.worker_config(cell, {cell.name: "copy"}, 1).host for cell in bed.cells} == {"localhost"}
    context = Context({**bed.prepared.context.settings, "ALLOWED_HOSTS": ["127.0.0.1", ".shop.example"]})
    named = replace(bed, prepared=replace(bed.prepared, context=context))
    assert named.worker_config(bed.cells[0], {bed.cells[0].name: "copy"}, 1).host == "shop.example"
    cast(Any, named.question.scenario.subject).host = "api.shop.example"
    assert named.worker_config(bed.cells[0], {bed.cells[0].name: "copy"}, 1).host == "api.shop.example"


def test_each_cell_and_round_has_caches_of_its_own(tmp_path: Path) -> None:
    caches = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://elsewhere"},
        "files": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "elsewhere"},
    }
    bed = bed_of(POLITE)
    bed = replace(bed, prepared=Prepared(context=Context({"CACHES": caches})), folder=tmp_path / "cells")
    configs = [bed.worker_config(cell, {cell.name: "copy"}, number).settings
               for cell in bed.cells if cell.role != "reference" for number in (1, 2)]  # fmt: skip
    for alias in caches:
        assert len({config["CACHES"][alias]["LOCATION"] for config in configs}) == len(configs)
    entries, upload = Path(configs[0]["CACHES"]["files"]["LOCATION"]), Path(configs[0]["MEDIA_ROOT"], "a.png")
    for folder in (entries, upload.parent):
        folder.mkdir(parents=True)
    upload.write_text("of a worker that goes on")
    bed.forget_caches()
    assert not entries.exists() and upload.exists(), "a worker that goes on keeps its other files"
    bed.leave_nothing()
    assert not bed.folder.exists()


def test_a_round_is_told_to_stop_in_every_lane() -> None:
    bed = bed_of(CACHING)
    lane = replace(bed, folder=Path("elsewhere"))
    lane.raise_if_stopping()
    bed.stopping.set()
    with pytest.raises(PerflabError, match="a round beside this one failed"):
        lane.raise_if_stopping()
