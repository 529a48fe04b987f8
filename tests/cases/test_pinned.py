"""A whole run of a project in an environment of its own: another Django than perflab's, and none of its packages."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

from perflab.analysis import summarise
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
    return folder


@pytest.fixture(scope="module")
def run(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("run")
    scenario = folder / "pinned.yaml"
    scenario.write_text(SCENARIO.read_text().replace("subject:\n", f"subject:\n  python: {environment}\n"))
    with state_folder() as home:
        yield replayed(str(scenario), folder, home)


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
    # Its own switch removes the repeated queries, so that they are information.
    assert {finding.kind for finding in summary.findings if finding.severity != "info"} <= {"index_unused"}, (
        summary.findings
    )
    assert [claim.verdict for claim in summary.claims] == ["supported"]
    assert run.environment["rows"]["pinned_shop.Item"] == 200
    assert "pinned_shop_item" in set(run.tables["table"])


def test_variables_are_recorded_without_the_secret(run: Run) -> None:
    assert run.meta["scenario"]["subject"]["env"] == {"SHOP_NAME": "Ladle & Co", "SHOP_SECRET_KEY": "********"}
    assert "nobody may read this" not in json.dumps(run.meta)


def test_what_the_environment_lacks_is_told(run: Run) -> None:
    (why,) = run.meta["failed_passes"].values()
    assert "has no pyinstrument" in why
    assert "-m pip install pyinstrument" in why
