"""The key changes with everything that data follows from, and with nothing else."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

import pytest

from perflab.seeding.digest import digest_of, key_of, migrations, sources
from perflab.seeding.sources import source_of
from perflab.seeding.spec import SeedSpec


def inputs(database=("postgresql", "18.6"), **changes):
    usual: dict[str, Any] = {
        "settings": "site_config.settings",
        "seed_path": "marketplace.seeding:archetypes",
        "as_of": dt.date(2025, 10, 20),
        "rows": {"users": 10, "jobs": 20},
        "seed": 1,
        "schema": "migrations",
    }
    vendor, version = database
    return source_of(SeedSpec(**(usual | changes), vendor=vendor)).everything(version)


def test_a_key_is_short_and_repeats():
    assert key_of(inputs()) == key_of(inputs(rows={"jobs": 20, "users": 10}))
    assert len(key_of(inputs())) == 12


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"as_of": dt.date(2025, 10, 21)},
        {"rows": {"users": 11, "jobs": 20}},
        {"database": ("postgresql", "17.2")},
        {"database": ("sqlite", "18.6")},
        {"schema": "models"},
    ],
)
def test_the_key_changes_with(change):
    assert key_of(inputs(**change)) != key_of(inputs())


def test_migrations_of_all_apps_count():
    assert {"auth", "contenttypes", "marketplace"} <= set(migrations())


def test_the_sources_are_the_factories_and_models_but_not_the_views():
    names = {path.parent.name + "/" + path.name for path in sources("marketplace.seeding")}
    assert {"marketplace/seeding.py", "factories/jobs.py", "factories/rng.py", "factories/texts.py"} <= names
    assert "models/accounts.py" in names
    assert not any(name.startswith("api/") for name in names)


def test_a_used_module_counts_and_an_unused_one_does_not(tmp_path, monkeypatch):
    package = tmp_path / "seedpackage"
    package.mkdir()
    for name, text in {
        "__init__": "",
        "seed": "from seedpackage.made import thing\n",
        "made": "from seedpackage import words\ndef thing(): pass\n",
        "words": "A = 1\n",
        "views": "",
    }.items():
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    files = sources("seedpackage.seed")
    assert [path.name for path in files] == ["made.py", "seed.py", "words.py"]
    before = digest_of(files)
    (package / "words.py").write_text("A = 2\n")
    assert digest_of(files) != before
    for name in list(sys.modules):
        if name.partition(".")[0] == "seedpackage":
            monkeypatch.delitem(sys.modules, name)


def test_models_count_where_tables_are_made_from_them():
    assert inputs()["models"] == {}, "every app has migrations"
    assert {"auth", "marketplace"} <= set(inputs(schema="models")["models"])
