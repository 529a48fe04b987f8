"""A saved run's scenario with a change, as a file that can be run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perflab.errors import InputError
from perflab.explore import Run
from perflab.explore.rows import Claim
from perflab.notebook import scenario_from
from perflab.notebook.question import Question
from perflab.scenario import loading
from perflab.scenario.models import Scenario
from perflab.scenario.source import Source
from tests.perflab import explored

NEW = {
    "id": "faster",
    "statement": "job: 20% less",
    "metric": "latency_s",
    "direction": "at_least",
    "bound": 0.2,
    "scope": "job",
}


def run(**changes: Any) -> Run:
    """A run for its scenario alone; nothing is written."""
    meta = {"run_id": "20261123-101500", "scenario_name": "marketplace", "scenario": explored.question(**changes)}
    return Run(Path("nowhere"), meta)


def asked(question: Question) -> Scenario:
    return loading.parse(str(question))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, seen from its notebooks folder."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return tmp_path


def test_without_a_change_it_is_the_runs_own() -> None:
    question = scenario_from(run())
    own = loading.validated(explored.question(), Source(Path("x.yaml")))
    assert asked(question).as_dict() == own.as_dict()
    assert question.notes == () and question.name == "marketplace_again"
    assert "# From the run 20261123-101500 of marketplace." in str(question)


def test_only_some_endpoints_with_the_reads_that_they_change() -> None:
    question = scenario_from(run(), endpoints=["pay"])
    assert [e.name for e in asked(question).traffic.endpoints] == ["payments", "pay"]
    assert question.notes == ("payments comes along, for pay changes what it answers.",)
    assert asked(question).title == "Did Phase 2 pay off? (pay)" and question.name == "marketplace_pay"


def test_claims_about_what_is_left_out_are_gone_and_it_says_so() -> None:
    claims = explored.question()["claims"][:3]
    audited = [{**claim, "scope": scope} for claim, scope in zip(claims, ("audited", "job", "all"), strict=True)]
    endpoints = explored.question()["traffic"]["endpoints"]
    endpoints[0]["audited"] = False
    traffic = {**explored.question()["traffic"], "endpoints": endpoints}
    question = scenario_from(run(claims=audited, traffic=traffic), endpoints=["payments"])
    assert [claim.scope for claim in asked(question).claims] == ["all"]
    assert question.notes == (
        "Claims about endpoints that are left out are gone: response-time, response-time-target.",
    )


def test_claims_are_kept_by_id_changed_and_added() -> None:
    row = Claim({"id": "stale", "verdict": "supported", "estimate": 0})
    question = scenario_from(run(), claims=["query-count", {"id": "response-time", "bound": 0.5}, row, NEW])
    claims = {claim.id: claim for claim in asked(question).claims}
    assert list(claims) == ["query-count", "response-time", "stale", "faster"]
    assert claims["response-time"].bound == 0.5 and claims["response-time"].statement == "Response time falls by 95-98%"
    assert claims["stale"].metric == "stale_answers" and claims["faster"].scope == "job"
    assert asked(scenario_from(run(), claims=[])).claims == []


def test_another_title() -> None:
    assert asked(scenario_from(run(), title="Is it: off?")).title == "Is it: off?"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"endpoints": ["payment"]}, "no endpoint 'payment'; did you mean 'payments'?"),
        ({"endpoints": []}, "the new scenario: traffic.endpoints is empty"),
        ({"claims": ["speed"]}, "no claim 'speed'; use one of response-time"),
        ({"claims": [{"id": "speed"}]}, "no claim 'speed'"),
        ({"claims": [{**NEW, "bound": 20}]}, "the new scenario: the bound of latency_s is a relative reduction"),
        ({"claims": [{**NEW, "bond": 1}]}, r"the new scenario: unknown key claims\[0\].bond"),
        ({"claims": [{"statement": "x"}]}, r"claims\[0\].id is missing"),
        ({"endpoints": ["payments"], "claims": [NEW]}, "unknown scope 'job'"),
    ],
)
def test_what_no_scenario_may_say_is_one_line(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        scenario_from(run(), **changes)
    assert "\n" not in str(caught.value)


def test_a_scenario_of_old_that_cannot_be_asked_again() -> None:
    broken = Run(Path("nowhere"), {"run_id": "1", "scenario_name": "shop", "scenario": {"title": "x"}})
    with pytest.raises(InputError, match="of the run 1 cannot be asked again: subject is missing"):
        scenario_from(broken)


def test_it_shows_itself_with_what_to_do_next_and_escaped() -> None:
    question = scenario_from(run(), title="<b>", endpoints=["pay"])
    html = question._repr_html_()
    assert "&lt;b&gt;" in html and "<b>" not in html and "<li>payments comes along" in html
    assert "<code>perflab run scenarios/marketplace_pay.yaml --profile smoke</code>" in html
    assert "Nothing is written yet" in repr(question)


def test_a_name_of_a_run_is_no_yaml() -> None:
    hostile = Run(Path("nowhere"), {**run().meta, "run_id": "1\nmargin: 0.5"})
    assert asked(scenario_from(hostile)).margin == 0.02


def test_without_a_smoke_profile_the_first_one_is_named() -> None:
    profile = {"scale": 1.0, "rounds": 3, "block": 20, "replay_s": 20.0}
    assert "--profile large" in repr(scenario_from(run(profiles={"large": profile, "huge": profile})))


def test_it_is_saved_into_the_projects_scenarios_and_can_be_loaded(project: Path) -> None:
    question = scenario_from(run(), endpoints=["job"])
    saved = question.save()
    assert saved.facts["file"] == "scenarios/marketplace_job.yaml"
    assert saved.facts["run it"] == "perflab run scenarios/marketplace_job.yaml --profile smoke"
    assert loading.load(project / "scenarios" / "marketplace_job.yaml").as_dict() == asked(question).as_dict()


def test_nothing_is_overwritten(project: Path) -> None:
    there = project / "scenarios" / "mine.yaml"
    there.write_text("mine")
    with pytest.raises(InputError, match=r"scenarios/mine.yaml is there already; give another name"):
        scenario_from(run()).save("scenarios/mine.yaml")
    assert there.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "words"), [("scenarios/x.txt", "let it end in .yaml"), ("file/x.yaml", "cannot write file/x.yaml")]
)
def test_a_place_where_nothing_can_be_written_is_one_line(project: Path, name: str, words: str) -> None:
    (project / "file").write_text("")
    with pytest.raises(InputError, match=words):
        scenario_from(run()).save(name)
