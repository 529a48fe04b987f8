"""Every file that is passed around, of a run whose scenario, data and machine hold what must not come through.

Texts that somebody chose are full of markup: they stay texts. The place where it ran has a name, a user, folders and secrets:
none of them is told.
"""

from __future__ import annotations

import getpass
import json
import re
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from perflab.analysis.gate import gate
from perflab.report.comparison import page
from perflab.report.comparison.comparison import Comparison
from perflab.report.comparison.junit import junit
from perflab.report.runs import index
from perflab.run import writer as saving
from perflab.run.store import Run, load
from perflab.run.writer import RunWriter
from tests.perflab import saved_run
from tests.perflab.analysis.test_profile import seen
from tests.perflab.report import page_of
from tests.perflab.report.test_page import outline
from tests.perflab.saved_run import rows_of
from tests.perflab.synthetic import FACTORS, KINDS, Truth, make_counters, make_samples, make_trace, scenario

NASTY = "<script>alert(1)</script><img src=http://x.example/y onerror=alert(1)>"
FILES = ("summary.html", "summary.md", "summary.json", "junit.xml", "index.html", "index.json", "compare.html")

HOST, HOME = socket.gethostname(), Path.home()
SECRET = "correct-horse-battery-staple"
# As a path, an address or a word of its own; `root` alone is a word like any other.
PRIVATE = [
    rf"\b{re.escape(HOST)}\b", rf"{re.escape(str(HOME))}\b", rf"\b{re.escape(getpass.getuser())}@", SECRET, "/somewhere",
    "Traceback",
]  # fmt: skip


def nasty_truth() -> Truth:
    kinds = tuple(replace(kind, name=f"{kind.name} {NASTY}", path=f"/{NASTY}/{{user_id}}") for kind in KINDS)
    return Truth(kinds=kinds, rounds=3, blocks=4)


def nasty_scenario(truth: Truth) -> dict[str, Any]:
    kinds = {"indexes": "indexes", "queries": "setting", "caching": "cache"}
    factors = [{"name": name, "kind": kinds[name], "setting": NASTY, "effort": NASTY} for name in FACTORS]
    data = scenario(truth, title=NASTY, factors=factors, prices={"cpu_hour": 0.04, "currency": NASTY})
    data["traffic"]["rate_per_s"] = 50.0
    for claim in data["claims"]:
        claim.update(statement=NASTY, claimed={"before": NASTY, "after": NASTY})
    return data


def nasty_tables(trace: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """A row or two of everything that a run notes besides its requests, of the first Step that was measured."""
    step = trace[trace["phase"] == "measured"].iloc[0]
    place = {"round": 1, "step": int(step["step"]), "endpoint": step["endpoint"]}
    source = f"app/{NASTY}.py:1 {NASTY}"
    query = {"fingerprint": NASTY, "sql": NASTY, "times": 5, "seconds": 0.001, "rows": 3, "source": source, "relation": NASTY,
             "statement": NASTY}  # fmt: skip
    operation = {
        "name": "get",
        "key": NASTY,
        "hit": True,
        "ttl_s": 60.0,
        "bytes": 900,
        "source": source,
        "in_transaction": False,
    }
    quoted = json.dumps(NASTY)
    difference = {"pointer": f"/body/{NASTY}", "kind": "value", "expected": quoted, "got": quoted}
    plan = json.dumps(
        {"Node Type": NASTY, "Relation Name": NASTY, "Index Name": NASTY, "Filter": NASTY, "Actual Rows": 1.0}
    )
    stampede = {"kind": "stampede", "endpoint": step["endpoint"], "method": "GET", "path": NASTY, "worker_count": 4,
                "spread_s": 0.001, "computed_count": 4, "query_count_at_once": 12, "query_count_alone": 3}  # fmt: skip
    counter = {
        "kind": "counter",
        "endpoint": step["endpoint"],
        "worker_count": 4,
        "key": NASTY,
        "count_due": 9,
        "count_made": 7,
    }
    return {
        "queries": [{**place, "cell": cell, **query} for cell in ("all_off", "indexes+queries", "all_on")],
        "operations": [{**place, "cell": "all_on", **operation}],
        "differences": [{**place, "cell": "all_on", **difference}],
        "tables": [{"round": 1, "cell": "all_on", "table": NASTY, "rows": 9, "written": 3, "differing": 1, **difference}],
        "usage": [{"round": 1, "cell": "all_on", "index": NASTY, "scans": 0, "entries": 0}],
        "plans": [
            {"cell": cell, "endpoint": step["endpoint"], "fingerprint": NASTY, "statement": NASTY, "seconds": 0.002, "plan": plan}
            for cell in ("all_off", "indexes+queries", "all_on")
        ],
        "suggestions": [
            {"endpoint": step["endpoint"], "fingerprint": NASTY, "source": source, "table": NASTY, "model": NASTY,
             "columns": json.dumps([NASTY]), "instead_of": instead, "before_s": 0.01, "after_s": 0.001, "used": True}
            for instead in (None, NASTY)
        ],
        "profile": seen(str(step["endpoint"]), database=0.06, application=0.03, lines=((source, 0.4),)),
        "burst": [stampede, counter],
    }  # fmt: skip


def nasty_facts() -> dict[str, Any]:
    """Markup where names are, and the machine's own names where only facts should be."""
    settings = {
        "fsync": "off",
        "data_directory": f"{HOME}/data",
        "primary_conninfo": f"password={SECRET} host=/somewhere",
    }
    environment = {
        **saved_run.ENVIRONMENT,
        "hostname": HOST, "user": getpass.getuser(), "home": str(HOME), "secret": SECRET,
        "machine": {"cpu_model": NASTY.replace("/", "|"), "cores": 2, "node": HOST},
        "postgres": {"version": "18.6", "private": False, "host": HOST, "settings": settings},
        "cache": {"version": "Valkey 9.1.2", "private": False, "url": f"redis://{getpass.getuser()}:{SECRET}@{HOST}/0"},
        "rows": {f"marketplace.{NASTY}": 1000},
        "indexes": {NASTY: {"count": 1, "names": [NASTY]}},
    }  # fmt: skip
    index = {"name": NASTY, "table": NASTY, "model": f"{NASTY}.{NASTY}", "kind": "meta", "key": [NASTY], "terms": [NASTY],
             "predicate": NASTY, "definition": NASTY, "bytes": 8192}  # fmt: skip
    why = f"Traceback: OSError: cannot open {HOME}/x on {HOST} as {getpass.getuser()}@{HOST} with {SECRET}"
    return {
        "environment": environment,
        "catalogue": {"indexes": [index], "candidates": [NASTY], "superfluous": [NASTY], "migrations": {NASTY: NASTY},
                      "urls": {"asked": 1, "all": 2}},
        "failed_passes": {"profile": why, "burst": why},
        "masks": [{"endpoint": NASTY, "pointer": NASTY, "kind": "time", "example": NASTY}],
        "command": f"perflab run {NASTY}",
        "scenario_name": NASTY,
        "parameters": {"profile": NASTY, "seed": 1, "zipf": NASTY},
    }  # fmt: skip


def save(reports: Path, run_id: str, status: str = "complete") -> Run:
    truth = nasty_truth()
    facts = {
        **saved_run.facts(),
        **nasty_facts(),
        "scenario": nasty_scenario(truth),
        "run_id": run_id,
        "status": "running",
    }
    writer = RunWriter.create(reports / "marketplace" / run_id, facts)
    trace = make_trace(truth)
    samples = make_samples(truth, trace)
    samples.loc[samples["cell"].eq("all_on") & samples["round"].eq(1), "response_digest"] = "another"
    tables = nasty_tables(trace)
    once = {name: tables.pop(name) for name in ("plans", "suggestions", "profile", "burst")}
    counters = make_counters(samples)
    for number in range(1, truth.rounds + 1):
        rows = (rows_of(table, number) for table in (trace, samples, counters))
        writer.save_round(number, *rows, **(tables if number == 1 else {}))
    for name, records in once.items():
        writer.save_once(name, records)
    writer.finish(status, f"Traceback: the worker on {HOST} died in {HOME}")
    return load(writer.directory)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Everything that is passed around, by name."""
    reports = tmp_path_factory.mktemp("project") / "reports"
    before, run = save(reports, "20261122-101500"), save(reports, "20261123-101500")
    page_of.write(run)
    text = junit(gate.gate(run, before), run.scenario_name, gate.notes(run, before))
    saving.write_text(run.directory / "junit.xml", text)
    save(reports, "20261124-101500", "failed")
    saving.write_text(reports / "compare.html", page.page(Comparison.of(before, run)))
    index.write(reports)
    return {name: (folder / name).read_text(encoding="utf-8") for folder in (run.directory, reports) for name in FILES
            if (folder / name).is_file()}  # fmt: skip


def test_every_file_is_there(files: Mapping[str, str]) -> None:
    assert set(files) == set(FILES)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".html")])
def test_markup_of_a_scenario_is_text_on_every_page(files: Mapping[str, str], name: str) -> None:
    document = outline(files[name])
    assert {"script", "img", "iframe", "object", "base"} & set(document.tags) == set()
    assert all(address.startswith(("#", "data:", "marketplace/")) for address in document.addresses)
    assert files[name].count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 5


def test_all_parts_of_a_run_came_through_the_page(files: Mapping[str, str]) -> None:
    """So that the test above is about something."""
    for part in (
        "differ from the baseline's",
        "models.Index",
        "early; run.json",
        "2 of 9 increments were lost",
        "up to 5 times",
    ):
        assert part in files["summary.html"], part


def test_markup_of_a_scenario_is_text_in_markdown(files: Mapping[str, str]) -> None:
    written = re.sub(r"^    .*$", "", files["summary.md"], flags=re.MULTILINE)  # but for the block of code at its end
    assert set(re.findall(r"(?<!\\)<[^>]*>", written)) == {"<details>", "<summary>", "</summary>", "</details>"}


def test_what_machines_read_can_be_read(files: Mapping[str, str]) -> None:
    assert json.loads(files["summary.json"])["claims"][0]["statement"] == NASTY
    assert [run["status"] for run in json.loads(files["index.json"])["runs"]] == ["failed", "complete", "complete"]
    root = ElementTree.fromstring(files["junit.xml"].encode())
    assert {child.tag for child in root.iter()} <= {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "skipped",
        "system-out",
    }


@pytest.mark.parametrize("name", FILES)
def test_nothing_reveals_the_machine(files: Mapping[str, str], name: str) -> None:
    assert [pattern for pattern in PRIVATE if re.search(pattern, files[name])] == []
