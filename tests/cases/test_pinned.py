"""A whole run of a project in an environment of its own: another Django than perflab's, and none of its packages."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import django
import pandas as pd
import pytest

from perflab.analysis.summary import summarise
from perflab.run.store import Run
from tests.cases.replaying import replayed, state_folder
from tests.perflab.tasks import PROJECT

pytestmark = [
    pytest.mark.servers,
    pytest.mark.replays,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="POSIX process clocks"),
]

SCENARIO = PROJECT / "tests/cases/pinned/scenario.yaml"
LOCK = PROJECT / "requirements/subject.txt"
# A package that perflab's own environment lacks, and that models, migrations and the seeding import.
LADLE = """
from django.db import models

class PriceField(models.DecimalField):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{**kwargs, "max_digits": 9, "decimal_places": 2})

def is_precious(price):
    return float(price) > 50
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's virtual environment, from its lock with hashes; 6 s."""
    folder = tmp_path_factory.mktemp("pinned") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [
        str(folder / "bin/python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
    ]
    subprocess.run([*install, "--require-hashes", "--only-binary", ":all:", "-r", str(LOCK)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "ladle.py").write_text(LADLE)
    return folder


@pytest.fixture(scope="module")
def scenario(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("run") / "pinned.yaml"
    file.write_text(SCENARIO.read_text().replace("subject:\n", f"subject:\n  python: {environment}\n"))
    return file


@pytest.fixture(scope="module")
def run(scenario: Path) -> Iterator[Run]:
    with state_folder() as home:
        yield replayed(str(scenario), scenario.parent, home)


def check(scenario: Path, *replaced: tuple[str, str]) -> subprocess.CompletedProcess[str]:
    """What `perflab check` says of the scenario, in which some texts are others."""
    text = scenario.read_text()
    for before, after in replaced:
        assert before in text
        text = text.replace(before, after)
    file = scenario.with_name("changed.yaml")
    file.write_text(text)
    command = [sys.executable, "-m", "perflab", "check", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT)


def test_check_asks_the_projects_process(scenario: Path) -> None:
    checked = check(scenario)
    assert checked.returncode == 0, checked.stderr
    assert "Is fetching makers with their items worth it?" in checked.stdout


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("pinned_shop.Item.pk", "pinned_shop.Itme.pk", "no model 'pinned_shop.Itme'; did you mean 'pinned_shop.Item'?"),
        ("/items/{key}/sell/", "/item/{key}/sell/", "matches /item/{key}/sell/; did you mean '/items/{key}/sell/'?"),
        ("seeding:words", "seeding:word", "params.word: cannot import 'pinned_shop.seeding:word'"),
        ("setting: SHOP_PREFETCHES", "setting: SHOP_PREFETCH", "the project has no setting SHOP_PREFETCH"),
        ("[declared]", "[no_such_index]", "no index is called 'no_such_index'"),
        ("auth: session", "auth: token", "needs rest_framework.authtoken among INSTALLED_APPS"),
        ("settings: pinned_shop.settings", "settings: pinned_shop.setting", "cannot import pinned_shop.setting"),
    ],
)  # fmt: skip
def test_check_tells_what_the_project_lacks(scenario: Path, before: str, after: str, message: str) -> None:
    checked = check(scenario, (before, after))
    assert checked.returncode == 2
    assert message in checked.stderr
    assert "Traceback" not in checked.stderr


def test_requests_run_in_the_projects_environment(run: Run) -> None:
    subjects = run.samples[run.samples["role"] != "reference"]
    # about/ answers 500 if a package of perflab's is there, and its body is the same in all cells
    assert set(subjects["status"]) == {200}
    assert run.environment["django"].startswith("4.2.")
    assert run.environment["django"] != django.get_version()
    assert run.environment["psycopg"] is not None
    assert run.environment["lab_python"] == ".".join(map(str, sys.version_info[:3]))


def test_its_own_django_ran_its_migrations_and_responses_are_compared(run: Run) -> None:
    summary = summarise(run)
    # Its pages look up the makers of items one by one, and nothing else is to be said.
    assert {finding.kind for finding in summary.findings} <= {"index_unused", "repeated_query"}, summary.findings
    assert [claim.verdict for claim in summary.claims] == ["supported"]
    assert run.environment["rows"]["pinned_shop.Item"] == 200
    assert {index["model"] for index in run.meta["catalogue"]["indexes"]} >= {"pinned_shop.Item", "auth.User"}
    assert run.meta["catalogue"]["migrations"]["pinned_shop"] == "0001_initial"
    assert run.meta["catalogue"]["urls"] == {"asked": 5, "all": 5}
    assert any(path.endswith("pinned_shop/urls.py") for path in run.meta["code"]["files"])


def test_params_are_drawn_from_the_projects_models_and_functions(run: Run) -> None:
    paths = set(pd.concat([run.trace[run.trace["endpoint"] == name]["path"] for name in ("search", "sell")]))
    assert {"/search/table/", "/search/chair/"} <= paths
    assert any(path.startswith("/items/") for path in paths)
    assert "pinned_shop_item" in set(run.tables["table"])


def test_variables_are_recorded_without_the_secret(run: Run) -> None:
    assert run.meta["scenario"]["subject"]["env"] == {"SHOP_NAME": "Ladle & Co", "SHOP_SECRET_KEY": "********"}
    assert "nobody may read this" not in json.dumps(run.meta)


def test_what_the_environment_lacks_is_told(run: Run) -> None:
    (why,) = run.meta["failed_passes"].values()
    assert "has no pyinstrument" in why
    assert "-m pip install pyinstrument" in why
