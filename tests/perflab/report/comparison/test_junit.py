"""JUnit XML: what a CI system counts, and text that nobody chose."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from perflab.analysis.gate.check import GateCheck
from perflab.report.comparison.junit import junit

BUDGETS = [
    GateCheck("errors", "exact", "fine", "0 of 12 requests failed."),
    GateCheck("service time", "timed", "worse", "+30.0%", 1.3, 1.2, 1.4, 0.03, 120, 5),
    GateCheck("claim capacity", "claim", "inconclusive", "Four times as many users: not measured."),
]


def read(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text.encode())


def test_one_case_per_budget_worse_fails_and_inconclusive_is_skipped():
    suite = read(junit(BUDGETS, "marketplace")).find("testsuite")

    assert suite is not None
    assert {k: suite.get(k) for k in ("tests", "failures", "skipped", "errors")} == {
        "tests": "3", "failures": "1", "skipped": "1", "errors": "0",
    }  # fmt: skip
    fine, worse, open_ = suite.findall("testcase")
    assert [child.tag for child in fine] == ["system-out"]
    assert (fine.get("classname"), fine.get("name")) == ("perflab.marketplace.exact", "errors")
    (failure,), (skipped,) = worse.findall("failure"), open_.findall("skipped")
    assert failure.get("message") == worse.findtext("system-out") == "+30.0%"
    assert skipped.get("message") == "Four times as many users: not measured."


def test_notes_stand_beside_the_cases():
    assert (
        read(junit(BUDGETS, "marketplace", ["The first.", "The second."])).findtext("testsuite/system-out")
        == "The first.\nThe second."
    )


@pytest.mark.parametrize(
    "hostile", ["]]></failure><testcase name='x'/>", "\"&<>'", "\x00\x1b[31m\x08", "\ud800 \ufffe", "ünïcödé 🚂"]
)
@pytest.mark.parametrize("verdict", ["worse", "inconclusive", "fine"])
def test_hostile_text_stays_text(hostile, verdict):
    check = GateCheck(f"claim {hostile}", "claim", verdict, f"Before {hostile} after")
    root = read(junit([check], f"s{hostile}", [hostile]))

    (case,) = root.iter("testcase")
    output = case.findtext("system-out")
    assert output is not None
    assert output.startswith("Before ")
    assert output.endswith(" after")
    assert len(list(root.iter())) == 5 + (verdict != "fine")
    if hostile.isprintable():
        assert hostile in output
        assert hostile in case.get("name", "")
