"""The corpus of faults: each says what it expects, each can be installed and answers; a run through says that one is found.

`make faults` runs them all, a minute each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from perflab.analysis.responses.answers import CLASSES
from perflab.analysis.responses.further import CLASSES as FURTHER
from tests.faults import Expected, __main__, corpus, fault, names
from tests.faults.corpus import PROJECT, SCENARIO, Outcome

# What the ledgers of queries, caches and indexes find, beside what becomes of answers.
OF_LEDGERS = {
    "repeated_query", "cache_never_read", "cache_unbounded", "invalidation_before_commit", "counter_race", "compression_loss",
    "repeated_lookup", "ttl_short", "delete_in_vain", "serialised", "lock_in_read", "scan_count", "sort_unserved", "waits",
    "memory_growth",
    "index_duplicate", "index_unused", "index_missing", "index_column_order",
}  # fmt: skip
EXPECTED = Expected("rows", ("payments",), ("caching",))
FINDING: dict[str, Any] = {
    "class": "rows", "endpoint": "payments", "factors": ["caching"], "steps": [{"round": 1, "step": 4}],
    "sentence": "payments gave other rows, once, with caching on.",
}  # fmt: skip
OTHER = {**FINDING, "class": "content", "endpoint": None, "table": "shop_payment", "sentence": "The table differs."}

# Each fault in a process of its own, which is forked before any view is imported: with rows, caches and writes.
INSTALL = """
import json, os, shutil, sys, traceback

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

django.setup()
from tests.faults import fault, names

call_command("migrate", verbosity=0)
connection.close()
database = connection.settings_dict["NAME"]


def answer(name):
    fault(name).install()
    from tests.marketplace.world import ENDPOINTS, build, call

    world = build()
    asked = [(e.method, e.url(world), e.caller(world)) for e in (*ENDPOINTS, *ENDPOINTS)]
    asked += [
        ("POST", "/payments/settle/", world.client),
        ("DELETE", f"/review/{world.reviews[0].pk}", world.client),
        *asked[: len(ENDPOINTS)],
    ]
    return [call(*one).status_code for one in asked]


for name in names():
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        continue
    try:
        connection.settings_dict["NAME"] = shutil.copy(database, f"{database}-{name}")
        with override_settings(CACHES={"default": {**settings.CACHES["default"], "KEY_PREFIX": name}}):
            print(json.dumps([name, answer(name)]), flush=True)
    except BaseException:
        traceback.print_exc()
    os._exit(0)
"""


def scenario() -> dict[str, Any]:
    data: dict[str, Any] = YAML(typ="safe").load(SCENARIO.read_text(encoding="utf-8"))
    return data


@pytest.mark.parametrize("name", names())
def test_a_fault_says_what_somebody_did_and_what_it_has_to_be_called(name: str) -> None:
    module, data = fault(name), scenario()
    assert (module.__doc__ or "").endswith("."), "a sentence says what somebody did"
    assert callable(module.install)
    expected = module.EXPECTED
    assert expected.kind in {*CLASSES, *OF_LEDGERS, *FURTHER}
    assert expected.endpoints and set(expected.endpoints) <= {None, *(e["name"] for e in data["traffic"]["endpoints"])}
    assert set(expected.factors) <= {factor["name"] for factor in data["factors"]}


@pytest.mark.servers
def test_each_can_be_installed_and_the_marketplace_responds(tmp_path: Path, valkey: Any) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(PROJECT / "app"), str(PROJECT)]),
        "DJANGO_SETTINGS_MODULE": "site_config.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'marketplace.sqlite3'}",
        "CACHE_URL": valkey.url(),
    }
    done = subprocess.run(
        [sys.executable, "-c", INSTALL], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answered = dict(json.loads(line) for line in done.stdout.splitlines())
    assert list(answered) == names(), done.stderr
    assert {name: set(statuses) for name, statuses in answered.items()} == {name: {200, 204} for name in names()}


@pytest.mark.parametrize(
    ("findings", "named"),
    [
        ([FINDING, OTHER], True),
        ([OTHER, FINDING], False),
        ([{**FINDING, "class": "content"}], False),
        ([{**FINDING, "endpoint": "job"}], False),
        ([{**FINDING, "factors": ["queries", "caching"]}], False),
        ([], False),
    ],
)
def test_a_fault_is_found_where_its_finding_leads(findings: list[dict[str, Any]], named: bool) -> None:
    outcome = Outcome(findings, 7)
    assert (outcome.named(EXPECTED) is not None) is named
    assert ("content shop_payment" in outcome.others(EXPECTED)) is (OTHER in findings)


@pytest.mark.parametrize(
    ("arguments", "faulty", "sound", "code"),
    [
        (["key_without_page"], [FINDING], [], 0),
        (["key_without_page"], [OTHER, FINDING], [], 1),
        (["key_without_page"], None, [], 1),
        (["--sound", "2"], None, [], 0),
        (["--sound", "2", "--first-seed", "41"], None, [FINDING], 1),
    ],
)
def test_the_table_is_a_check(
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    faulty: list[dict[str, Any]] | None,
    sound: list[dict[str, Any]],
    code: int,
) -> None:
    seeds = []

    def run(name: str | None, profile: str = "smoke", seed: int = 1) -> Outcome:
        seeds.append(seed)
        if name and faulty is None:
            raise RuntimeError("perflab run ended with exit code 2")
        return Outcome((faulty or []) if name else sound, 7)

    monkeypatch.setattr(corpus, "run", run)
    done = CliRunner().invoke(__main__.main, arguments)
    assert done.exit_code == code, done.output
    if "--sound" in arguments:
        assert f"False alarms in 2 runs of the sound marketplace: {2 * len(sound)}\n" in done.output
        assert seeds == ([41, 42] if "--first-seed" in arguments else [1, 2])
    else:
        row = next(line.split() for line in done.output.splitlines() if line.startswith("key_without_page"))
        assert row[:2] == ["key_without_page", "no" if code else "yes"]


@pytest.mark.servers
@pytest.mark.replays
@pytest.mark.slow
@pytest.mark.timeout(900)  # it takes turns with other replays on the machine
def test_a_fault_is_found_in_a_run() -> None:
    tiny = {"scale": 0.002, "rounds": 1, "replay_s": 3, "warmup_blocks": 1, "warm_s": 0}
    outcome = corpus.run("key_without_user", changes=tiny, factors=["caching"])
    assert outcome.named(fault("key_without_user").EXPECTED), outcome.findings
    assert outcome.requests is not None and outcome.requests > 0
