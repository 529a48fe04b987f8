"""What a fork server loads, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from perflab.worker.forking.server import FRAMEWORK

PROJECT = Path(__file__).resolve().parents[4]
CODE = """
import json, os, sys, threading
from perflab.worker.forking.server import load
load(sys.argv[1])
from django.conf import settings
print(json.dumps({
    "modules": sorted(sys.modules), "configured": settings.configured, "threads": threading.active_count(),
    "settings": os.environ.get("DJANGO_SETTINGS_MODULE"),
}))
"""


def loaded(engine: str, **environment: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, engine],
        capture_output=True, text=True, check=True, cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": f"{PROJECT / 'app'}{os.pathsep}{PROJECT}", **environment},
    )  # fmt: skip
    facts: dict[str, object] = json.loads(done.stdout)
    return facts


def test_the_framework_is_loaded_without_a_setting_or_a_line_of_the_project() -> None:
    facts = loaded("django.db.backends.postgresql", DJANGO_SETTINGS_MODULE="tests.projects.tiny")
    modules = facts["modules"]
    assert isinstance(modules, list)
    assert {*FRAMEWORK, "django.db.backends.postgresql.base"} <= set(modules), "one that reads settings is not loaded"
    assert not facts["configured"]
    assert not [name for name in modules if name.startswith("tests")]
    assert facts["settings"] == "tests.projects.tiny", "its workers have it"
    assert facts["threads"] == 1, "a fork of several threads may wait for a lock for ever"


@pytest.mark.parametrize("engine", ["", "tests.projects.tiny", "django.db.backends.missing"])
def test_a_backend_that_is_not_djangos_is_loaded_by_the_worker(engine: str) -> None:
    modules = loaded(engine)["modules"]
    assert isinstance(modules, list) and not [
        name for name in modules if name.startswith(("tests", "django.db.backends.postgresql.base"))
    ]
