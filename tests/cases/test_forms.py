"""A whole run of the project with forms: each request arrives as a browser sends it, and what does not succeed is said first."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perflab.analysis.summary import summarise
from perflab.report.first_page.actions import actions
from perflab.report.sections import endpoints as endpoints_section
from perflab.run.store import Run, load
from perflab.run.summary import Summary
from tests.perflab.tasks import PROJECT, task

pytestmark = [
    pytest.mark.servers,
    pytest.mark.replays,
    pytest.mark.slow,
    # a replay takes turns with others on the machine
    pytest.mark.timeout(900),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a private Valkey and /proc"),
]

SCENARIO = PROJECT / "tests" / "cases" / "forms" / "scenario.yaml"
WORKING = ("text", "classic", "upload", "raw", "member", "rename", "badge", "code", "stock", "see")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix=f"perflab-test-{os.getpid()}-", dir="/var/tmp"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def arguments(scenario: Path, directory: Path) -> dict[str, Any]:
    return {
        "scenario": str(scenario), "profile": "smoke", "overrides": {}, "seed": 1, "directory": str(directory),
        "command": "perflab run",
    }  # fmt: skip


@pytest.fixture(scope="module")
def run(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("forms")
    with task("replay", arguments(SCENARIO, folder / "run"), home, folder / "task.log") as replay:
        assert replay.end() == 0, replay.log.read_text()[-3000:] + str(replay.events[-1])
        remarks = [event["name"] for event in replay.events if str(event.get("name")).startswith("first requests: ")]
    assert any("broken: GET /broken/ returned 500 (ValueError: Missing" in remark for remark in remarks), remarks
    waiting = next(i for i, event in enumerate(replay.events) if event.get("name") == "wait for other replays")
    assert all(event.get("name") not in remarks for event in replay.events[waiting:]), "told before the wait"
    return load(folder / "run")


@pytest.fixture(scope="module")
def summary(run: Run) -> Summary:
    return summarise(run)


def statuses(run: Run, endpoint: str) -> set[int]:
    return set(run.samples.loc[run.samples["endpoint"] == endpoint, "status"])


def test_every_request_is_what_the_scenario_says(run: Run) -> None:
    assert {name: statuses(run, name) for name in WORKING} == {name: {200} for name in WORKING}
    assert statuses(run, "guarded") == {201}, "a JSON body keeps its number, and passes CSRF"
    assert run.complete


def test_the_login_costs_the_endpoint_nothing(run: Run) -> None:
    members = run.samples[(run.samples["endpoint"] == "member") & (run.samples["phase"] != "check")]
    assert set(members["query_count"]) == {2}, "the session and the user, and no query that made them"
    badges = run.samples[run.samples["endpoint"] == "badge"]
    assert set(badges["query_count"]) == {0}


def test_a_write_by_uuid_is_read_back_by_slug_and_the_old_page_is_found(summary: Summary) -> None:
    stale = [finding for finding in summary.findings if finding.kind == "stale"]
    assert [(finding.endpoint, list(finding.factors)) for finding in stale] == [("stock", ["caching"])]


def test_a_status_of_some_cells_has_its_factor(run: Run, summary: Summary) -> None:
    (wrong,) = [finding for finding in summary.findings if finding.kind == "status"]
    assert (wrong.endpoint, list(wrong.factors)) == ("strict", ["strict_mode"])
    errors = run.samples.loc[run.samples["endpoint"] == "strict", "error"].dropna()
    (error,) = set(errors)
    assert re.fullmatch(r"returned 500 \(RuntimeError: too strict at tests/cases/forms/urls\.py:\d+\)", error)


def test_what_does_not_succeed_comes_first_and_what_is_meant_does_not(run: Run, summary: Summary) -> None:
    first = [(finding.kind, finding.endpoint) for finding in summary.findings][:3]
    assert first == [("endpoint_failed", "broken"), ("login_redirect", "private"), ("never_succeeds", "refused")]
    assert "meant" not in {finding.endpoint for finding in summary.findings}
    assert statuses(run, "meant") == statuses(run, "refused") == {403}
    assert "broken" not in set(run.samples["endpoint"]), "left out"
    assert actions(summary, run)[0].what == "Repair broken, private and refused first"


def test_the_sessions_are_the_same_in_every_cell(run: Run, summary: Summary) -> None:
    sessions = run.tables[run.tables["table"] == "django_session"]
    assert len(sessions) and (sessions["differing"].fillna(0) == 0).all()
    assert {finding.table for finding in summary.findings if finding.table} == set()


def test_the_page_has_the_status_of_each_endpoint(run: Run, summary: Summary) -> None:
    page = endpoints_section.build(summary, run).text
    assert (
        "broken fails in every cell and is left out: GET /broken/ returned 500 (ValueError at tests/cases/forms/"
        in page
    )
    assert "`python manage.py collectstatic` or `compress` may be missing" in page
    assert "`compress` may be missing." in page
    assert re.search(r"^  refused · .* requests? · status 403 ", page, re.MULTILINE)
    assert re.search(r"^  strict · .* status 200; .*strict_mode: 500", page, re.MULTILINE)


def test_the_index_of_a_many_to_many_table_is_known(run: Run) -> None:
    names = {index["name"]: index["kind"] for index in run.catalogue["indexes"]}
    assert {kind for name, kind in names.items() if name.startswith("forms_item_tags_item_id_")} == {
        "foreign_key",
        "constraint",
    }


def test_a_login_that_raises_ends_the_run_before_it_waits(home: Path, tmp_path: Path) -> None:
    text = SCENARIO.read_text(encoding="utf-8").replace("auth: session}", 'auth: "tests.cases.forms.logins:broken"}')
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(text, encoding="utf-8")
    with task("replay", arguments(scenario, tmp_path / "run"), home, tmp_path / "task.log") as replay:
        assert replay.end() == 2
    message = replay.error["message"]
    assert not replay.said(event="phase", name="wait for other replays")
    for endpoint in ("member", "rename"):
        assert f"{endpoint}: " in message
    assert "the login (tests.cases.forms.logins:broken) of user" in message
    assert "raised LookupError: no key for the users of the lab at tests/cases/forms/logins.py:" in message
    assert "broken: GET /broken/ returned 500" in message, "all at once"
