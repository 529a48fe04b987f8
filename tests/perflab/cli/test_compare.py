"""`perflab gate` and `perflab compare` over saved runs: exit codes, what is printed and what is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from perflab.cli.main import main
from perflab.run.store import Run
from tests.perflab import saved_run
from tests.perflab.synthetic import Truth, scenario

TRUTH = Truth(rounds=3, blocks=4)
NO_CLAIMS = scenario(TRUTH, claims=[])
A, B = "20261122-081500", "20261123-081500"

Perflab = Callable[..., tuple[int, str, str]]


@pytest.fixture
def perflab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Perflab:
    (tmp_path / "scenarios").mkdir()
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def save(folder: Path, run_id: str, **changes: Any) -> Run:
    return saved_run.save(folder / "reports", TRUTH, run_id, **{"scenario": NO_CLAIMS, **changes})


def edit(run: Run, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    for file in (run.directory / "samples").glob("*.parquet"):
        change(pd.read_parquet(file)).to_parquet(file, index=False)


def test_gate_is_0_when_all_is_fine(tmp_path, perflab):
    save(tmp_path, A)
    new = save(tmp_path, B)
    code, out, err = perflab("gate", "latest", "--baseline", A)

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"marketplace {B} against {A}"
    assert lines[-2].startswith("fine: none of ")
    assert lines[-1] == f"reports/marketplace/{B}/junit.xml"
    assert any(line.startswith("fine          errors ") for line in lines)
    assert sum("cancels out" in line for line in lines) == 6  # three metrics, two ways
    cases = ElementTree.parse(new.directory / "junit.xml").getroot().findall(".//testcase")
    assert len(cases) == sum(line.startswith(("fine  ", "inconclusive  ")) for line in lines)


def test_gate_is_1_when_something_is_worse(tmp_path, perflab):
    save(tmp_path, A)
    edit(save(tmp_path, B), lambda t: t.assign(query_count=t["query_count"] + (t["endpoint"] == "job").astype("Int32")))
    code, out, _ = perflab("gate", B, "--baseline", A)

    assert code == 1
    assert "worse         queries, job " in out
    assert out.splitlines()[-2].startswith("worse: 1 of ")
    assert perflab("gate", B, "--baseline", A, "--inconclusive=pass")[0] == 1


def test_gate_is_3_when_something_is_open_and_0_when_that_may_pass(tmp_path, perflab):
    save(tmp_path, A)
    save(tmp_path, B, environment={**saved_run.ENVIRONMENT, "machine": {"cores": 64}})
    code, out, _ = perflab("gate", B, "--baseline", A)

    assert code == 3
    checks = sum(line.startswith(("fine  ", "inconclusive  ")) for line in out.splitlines())
    assert out.splitlines()[-2] == f"inconclusive: 6 of {checks} checks could not be decided"
    assert "Times are not compared, because the machines differ" in out
    code, out, _ = perflab("gate", B, "--baseline", A, "--inconclusive=pass")
    assert code == 0
    assert out.splitlines()[-2] == f"passes: no check failed, but 6 of {checks} checks could not be decided"


def test_a_deleted_claim_is_1_unless_that_is_allowed(tmp_path, perflab):
    save(tmp_path, A, scenario=scenario(TRUTH))
    save(tmp_path, B)
    code, out, _ = perflab("gate", B, "--baseline", A)

    assert code == 1
    assert "worse         scenario, claims " in out
    assert "The claim response-time was deleted" in out
    code, out, _ = perflab("gate", B, "--baseline", A, "--allow-loosened")
    assert (code, "allowed by --allow-loosened." in out) == (0, True)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: t.iloc[:0], "measured nothing: it has no samples"),
        (lambda t: t.assign(error=pd.array(["no\nroute"] * len(t), dtype="string")), "every request failed"),
    ],
)
def test_gate_is_2_when_nothing_was_measured(tmp_path, perflab, spoil, message):
    save(tmp_path, A)
    edit(save(tmp_path, B), spoil)

    for arguments in ([B], [B, "--baseline", A], [A, "--baseline", B], [B, "--inconclusive=pass"]):
        code, out, err = perflab("gate", *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert message in err
    assert not list(tmp_path.glob("reports/*/*/junit.xml"))


def test_gate_is_2_for_what_cannot_be_compared(tmp_path, perflab):
    save(tmp_path, A)
    save(tmp_path, B, scenario_name="bakery")
    save(tmp_path, "20261124-081500", status="failed")

    for arguments, message in (
        (["gate", B, "--baseline", A], "cannot be compared: their scenarios are bakery and marketplace"),
        (["gate", A, "--baseline", A], "would be its own baseline"),
        (["gate", "20261124-081500"], "is failed: nothing can be concluded from it"),
        (["gate", A, "--baseline", "20261124-081500"], "the baseline 20261124-081500 is failed"),
        (["gate", "19990101-000000"], "no run '19990101-000000'"),
        (["compare", A, "19990101-000000"], "no run '19990101-000000'"),
    ):
        code, out, err = perflab(*arguments)
        assert (code, out) == (2, "")
        assert message in err
    assert perflab("gate", A, "--inconclusive=maybe")[0] == 2


def test_gate_judges_a_run_alone_and_says_that_there_was_no_baseline(tmp_path, perflab):
    save(tmp_path, A)
    code, out, _ = perflab("gate", A)

    assert code == 0
    assert "No baseline run is given" in out
    assert "passed        errors " in out and "fine" not in out
    assert out.splitlines()[-2].startswith("passed: none of ")


def test_a_run_alone_fails_and_is_not_worse(tmp_path, perflab):
    edit(save(tmp_path, A), lambda t: t.assign(error=pd.array(["no route", *[None] * (len(t) - 1)], dtype="string")))
    code, out, _ = perflab("gate", A)

    assert code == 1
    assert "failed        errors " in out and "worse" not in out
    assert out.splitlines()[-2] == "failed: 1 of 2 checks (errors)"


def test_compare_prints_both_and_writes_a_page(tmp_path, perflab):
    a = save(tmp_path, A, scenario=scenario(TRUTH))
    save(tmp_path, B, scenario=scenario(TRUTH))
    code, out, err = perflab("compare", a.directory, "latest")

    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"reports/marketplace/compare-{A}-{B}.html"
    page = (tmp_path / "reports" / "marketplace" / f"compare-{A}-{B}.html").read_text(encoding="utf-8")
    for words in (
        "Changes, B compared with A",
        "Response time falls by 95-98%",
        "service time, mean",
        "best applicants of a job",
    ):
        assert words in out
    for words in (
        "What changed from A to B",
        "Response time falls by 95-98%",
        "service time, mean",
        "best applicants of a job",
    ):
        assert words in page
    assert not list(tmp_path.glob("reports/*/*/summary.*")), "nothing of the runs is written"


def test_compare_takes_runs_of_unlike_scenarios(tmp_path, perflab):
    save(tmp_path, A)
    save(tmp_path, B, scenario_name="../../bakery")
    code, out, _ = perflab("compare", B, A)

    assert code == 0
    assert "no change between them is computed: their scenarios are ../../bakery and marketplace" in out
    assert [path.parent.name for path in tmp_path.rglob("compare-*.html")] == ["_.._bakery"]
