"""`perflab history`: nights are added and shown, with the changes between them."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from perflab.cli.history.history import Choice, add, show
from perflab.cli.main import main
from perflab.errors import InputError
from perflab.report.runs.nights import build as build_nights
from perflab.run.history import dataset
from perflab.run.store import load
from tests.perflab.saved_run import SMALL, save
from tests.perflab.summaries import summary_of

RATIOS = [0.5, 0.51, 0.49, 0.505, 0.495, 0.5, 0.51, 0.5, 0.49, 0.505, 0.495, 0.5, 0.51, 0.49, 0.6, 0.61, 0.59]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "manage.py").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def nights(project: Path, ratios: list[float], endpoint: str = "ALL") -> None:
    reports = project / "reports"
    if not (reports / "marketplace").exists():
        save(reports, SMALL)
    run = load("latest", reports)
    for number, ratio in enumerate(ratios):
        run.meta.update(run_id=f"202611{number + 1:02}-010000", started_at=f"2026-11-{number + 1:02}T01:00:00")
        run.meta["environment"] = {"git_revision": f"{number:07}\x1b[31m", "machine": {"cores": 2}}
        row = {"endpoint": endpoint, "ratio": ratio, "low": ratio * 0.99, "high": ratio * 1.01}
        dataset.add(run, summary_of(effects=[row]), reports)


def test_a_change_is_told_with_its_night_and_commit(project: Path) -> None:
    nights(project, RATIOS)
    lines = show(Choice()).splitlines()
    assert (
        lines[0]
        == "marketplace, profile smoke (indexes, queries, caching): mean service time, All requests, all_on / all_off"
    )
    assert lines[2].split() == ["night", "run", "commit", "machine", "change"]
    assert lines[3].startswith("2026-11-01  20261101-010000  0000000")
    assert lines[17].endswith("<- change") and "0000014" in lines[17]
    assert lines[-1].startswith("since 0000014") and "(2026-11-15): 20" in lines[-1] and "% more (" in lines[-1]
    assert lines[-1].endswith(" than before, seen in 3 nights.")
    bars = lines[-3]
    assert len(bars) == 17 and set(bars[:14]) <= set("▁▂") and set(bars[14:]) <= set("▇█")
    assert "\x1b" not in "\n".join(lines)


def test_few_nights_and_quiet_ones_say_so(project: Path) -> None:
    nights(project, RATIOS[:1])
    assert show(Choice()).splitlines()[-1] == "A change needs at least 10 nights, and there is 1."
    nights(project, RATIOS[:10])
    assert show(Choice()).splitlines()[-1] == "No change was found in 10 nights."


def test_nights_of_two_revisions_say_against_which(project: Path) -> None:
    for day, (base, ratio) in enumerate([("0.2", 1.1), ("0.2", 1.11), ("0.3", 1.0)], start=1):
        nights(project, [])
        run = load("latest", project / "reports")
        run.meta.update(run_id=f"202611{day:02}-020000", factors=["change"], started_at=f"2026-11-{day:02}T02:00:00")
        run.meta["revisions"] = {"off": {"revision": base}, "on": {"revision": "head"}}
        dataset.add(run, summary_of(effects=[{"endpoint": "ALL", "ratio": ratio}]), project / "reports")
    nights(project, RATIOS[:2])
    lines = show(Choice(factors="change")).splitlines()
    assert lines[0].startswith("marketplace, profile smoke (two revisions): ")
    assert lines[2].split() == ["night", "run", "commit", "against", "machine", "change"]
    assert [line.split()[3] for line in lines[3:6]] == ["0.2", "0.2", "0.3"]
    assert "against" not in show(Choice(factors="indexes+queries+caching")), "another series"


def test_nights_of_an_older_version_have_no_factors_and_are_shown(project: Path) -> None:
    nights(project, RATIOS[:2])
    for file in (project / "reports" / "history").glob("*.parquet"):
        table = pq.read_table(file)
        pq.write_table(table.drop_columns(["factors", "base"]), file)
    lines = show(Choice()).splitlines()
    assert lines[0].startswith("marketplace, profile smoke: mean service time") and len(lines[3:5]) == 2
    assert "marketplace, profile smoke" in str(build_nights(project / "reports", ""))


def test_a_run_that_is_not_complete_is_left_out(project: Path) -> None:
    reports = project / "reports"
    save(reports, SMALL)
    failed = reports / "marketplace" / "20261124-000000"
    failed.mkdir()
    meta = {**load("latest", reports).meta, "run_id": failed.name, "status": "failed"}
    (failed / "run.json").write_text(json.dumps(meta))  # it has no samples
    with pytest.raises(InputError, match="marketplace 20261124-000000: is failed, and left out"):
        add([failed.name])
    assert add([failed.name, "20261123-101500"]).splitlines() == [
        "marketplace 20261124-000000: is failed, and left out",
        "marketplace 20261123-101500: added",
    ]


def test_what_is_not_there_is_one_line(project: Path) -> None:
    with pytest.raises(InputError, match=r"there is no history yet; `perflab history add` adds the newest run"):
        show(Choice())
    nights(project, RATIOS[:2])
    with pytest.raises(InputError, match=r"the history has no metric 'latency'; did you mean 'latency_s'"):
        show(Choice(metric="latency"))
    with pytest.raises(InputError, match=r"the history has no scenario 'market'"):
        show(Choice(scenario="market"))


def test_files_that_are_none_are_named_below(project: Path) -> None:
    nights(project, RATIOS[:2])
    (project / "reports" / "history" / "x.parquet").write_bytes(b"x")
    assert show(Choice()).endswith("x.parquet is no file of the history, and is left out")


def test_runs_are_added_by_name_and_shown_by_the_command(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = save(project / "reports", SMALL)
    assert add([run.run_id]) == f"marketplace {run.run_id}: added"
    assert main(["history", "add"]) == 0
    assert capsys.readouterr().out == f"marketplace {run.run_id}: is there already\n"
    assert main(["history", "show", "--metric", "query_count"]) == 0
    assert "mean queries" in capsys.readouterr().out
    assert main(["history", "add", "nowhere"]) == 2
