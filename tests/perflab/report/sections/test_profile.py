"""Where the remaining time goes, as a section of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perflab.report.sections import profile
from perflab.report.sections.profile import NAMES, OPTIONAL, build
from perflab.run.store import Run
from perflab.run.tables import PROFILE
from tests.perflab.analysis.test_profile import seen
from tests.perflab.summaries import summary_of
from tests.perflab.synthetic import Truth, make_run

CACHED = summary_of(cache=[{"endpoint": "ALL", "gets": 1}])
SMALL = Truth(rounds=3, blocks=4)
NASTY = "<script>alert(1)</script>"


def run_with(*rows: dict[str, Any], **changes: Any) -> Run:
    run = make_run(SMALL, directory=Path("nowhere"), **changes)
    run.__dict__["profile"] = PROFILE.frame(rows)
    return run


def profiled(**changes: Any) -> Run:
    lines = (("app/shop/views.py:42 job", 0.4), (f"app/{NASTY}.py:1 f", 0.1))
    return run_with(
        *seen("job", database=0.06, orm=0.03, framework=0.01, lines=lines), *seen("profile", cache=0.01), **changes
    )


@pytest.fixture
def few_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' profiles have a handful of samples."""
    monkeypatch.setattr(profile, "MIN_SAMPLES", 1)


@pytest.mark.usefixtures("few_do")
def test_the_lead_says_what_takes_most() -> None:
    text = build(CACHED, profiled()).text
    first = text.splitlines()[2]
    assert first.startswith("With everything on, a request takes ") and " on average: " in first
    assert "in the database" in first and "in the cache" in first
    assert "in middleware" not in first, "less than a percent is left out"
    assert "16 samples" in first
    assert "of the total time were not profiled" in first, "of 13 endpoints two"
    (job,) = (line for line in text.splitlines() if line.startswith("  job "))
    assert "· 60%" in job and "· 30%" in job and "· 10%" in job


def test_an_endpoint_with_few_samples_has_no_shares_of_its_own() -> None:
    part = build(CACHED, profiled())
    assert part.markup.count("too few") == 2 * (len(NAMES) - len(OPTIONAL))
    assert part.text.splitlines()[2].startswith("With everything on, a request takes "), "all requests have theirs"


@pytest.mark.usefixtures("few_do")
def test_the_tables_have_every_part_and_the_heaviest_lines() -> None:
    markup = build(CACHED, profiled())._repr_html_()
    for part, (word, _) in NAMES.items():
        assert (f">{word}</th>" in markup) == (part not in OPTIONAL), "no templates, no column"
    assert "All requests" in markup and "60%" in markup
    assert "<code>app/shop/views.py:42 job</code>" in markup
    assert "<script>" not in markup and "&lt;script&gt;" in markup
    assert '<td role="cell" class="number unknown" data-label="Middleware">–</td>' in markup
    assert "sampled profile" in markup and "slows down requests" in markup


def test_a_project_without_a_cache_has_no_column_of_one() -> None:
    assert ">Cache</th>" in build(CACHED, profiled()).markup
    assert ">Cache</th>" not in build(summary_of(), profiled()).markup


def test_a_run_that_did_not_look_says_so() -> None:
    assert "This run took no profile." in build(summary_of(), run_with()).text


def test_a_stage_that_failed_says_so_beside_what_it_found() -> None:
    failed = {"profile": "the worker on somebody's machine died"}
    sentence = "The profile ended early; run.json has the reason."
    assert build(summary_of(), run_with(failed_passes=failed)).text.endswith(sentence)
    section = build(summary_of(), profiled(failed_passes=failed))
    assert sentence in section.text
    assert "in the database" in section.text
    assert "The profile ended early" in section._repr_html_()
