"""What factors change in a cell, combined."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from perflab.scenario.factors import CLASSES, KINDS
from perflab.scenario.factors.base import CellChanges, Context, Factor, Project, cell_changes, with_options
from perflab.scenario.factors.cache import CacheFactor
from perflab.scenario.factors.indexes import IndexFactor
from perflab.scenario.factors.setting import SettingFactor
from perflab.scenario.project import DUMMY_BACKEND

BACKENDS = "django.core.cache.backends"
CACHES = {
    "default": {"BACKEND": f"{BACKENDS}.redis.RedisCache"},
    "local": {"BACKEND": f"{BACKENDS}.locmem.LocMemCache"},
}
FACTORS: tuple[Factor, ...] = (
    IndexFactor(name="indexes", kind="indexes", which=["by_name", "by_size"]),
    SettingFactor(name="queries", kind="setting", setting="FAST", when_off=False, when_on=True),
    CacheFactor(name="caching", kind="cache", aliases=["default"]),
    CacheFactor(name="local", kind="cache", aliases=["local"]),
    IndexFactor(name="more", kind="indexes", which=["by_day"]),
)
CONTEXT = Context({"CACHES": CACHES}, {"by_name": "meta", "by_size": "field", "by_day": "meta"})


def changes(*on: str) -> CellChanges:
    return cell_changes(FACTORS, lambda name: name in on, CONTEXT)


def test_a_cell_combines_the_levels_of_all_factors() -> None:
    everything_off = changes()
    assert everything_off.drop_indexes == ("by_day", "by_name", "by_size")
    assert everything_off.settings["FAST"] is False
    assert changes("indexes", "queries").drop_indexes == ("by_day",)
    assert changes("queries", "more").drop_indexes == ("by_name", "by_size")
    assert changes("indexes", "more").drop_indexes == ()


def test_a_factor_sees_the_settings_that_earlier_ones_changed() -> None:
    assert changes().settings["CACHES"] == {"default": {"BACKEND": DUMMY_BACKEND}, "local": {"BACKEND": DUMMY_BACKEND}}
    assert changes("local").settings["CACHES"] == {**CACHES, "default": {"BACKEND": DUMMY_BACKEND}}


def test_postgresqls_options_add_up_and_others_are_replaced() -> None:
    first = CellChanges(database_options={"options": "-c jit=off", "sslmode": "disable"}, environment={"A": "1"})
    second = CellChanges(database_options={"options": "-c work_mem=1MB", "sslmode": "allow"}, environment={"A": "2"})
    assert (first | second).database_options == {"options": "-c jit=off -c work_mem=1MB", "sslmode": "allow"}
    assert (first | second).environment == {"A": "2"}
    assert with_options({"service": "x"}, {"options": "-c jit=on"}) == {"service": "x", "options": "-c jit=on"}


@pytest.mark.parametrize("setting", ["DATABASES", "ALLOWED_HOSTS", "DEBUG"])
def test_what_the_lab_sets_itself_is_no_change(setting: str) -> None:
    with pytest.raises(ValueError, match=f"perflab sets {setting} itself"):
        CellChanges({setting: {}})


def test_traits_are_what_the_report_asks_for() -> None:
    traits = {factor.name: factor.traits for factor in FACTORS}
    assert traits == {
        "indexes": ["drops_indexes"], "queries": [], "caching": ["caches"], "local": ["caches"], "more": ["drops_indexes"],
    }  # fmt: skip


def test_each_kind_is_registered_by_the_name_of_its_module() -> None:
    assert [cls.kind_name() for cls in CLASSES] == list(KINDS)
    for cls in CLASSES:
        assert cls.model_fields["kind"].annotation.__args__ == (cls.kind_name(),)  # type: ignore[union-attr]  # a Literal
        assert cls.__doc__ and cls.__doc__ != Factor.__doc__, "docs/scenario.md shows it"
        assert list(cls.model_fields)[:2] == ["name", "kind"]


def test_a_kind_without_needs_finds_nothing_wrong_with_a_project() -> None:
    class Plain(Factor):
        """One."""

    plain = Plain(name="plain", kind="plain")
    assert list(plain.problems(Project(SimpleNamespace(), dict))) == []
    for method in (plain.describe, lambda: plain.changes(True, CONTEXT)):
        with pytest.raises(NotImplementedError):
            method()
