"""The report as text: for the terminal and for summary.md."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from perflab import report
from perflab.report.text import claims_table, markdown
from perflab.run.store import Run
from perflab.run.summary import Summary
from tests.perflab import saved_run
from tests.perflab.summaries import summary_of
from tests.perflab.synthetic import scenario


def test_the_closing_table_has_a_line_per_claim_with_its_verdict(summary: Summary) -> None:
    lines = claims_table(summary).splitlines()
    assert len(lines) == len(summary.claims) + 2
    for line, claim in zip(lines[2:], summary.claims, strict=True):
        assert line.endswith(claim.verdict)
    assert max(map(len, lines)) <= 130


def test_without_claims_it_says_so() -> None:
    assert claims_table(summary_of()) == "The scenario makes no claim."


def test_the_markdown_has_everything_that_the_page_has(run: Run, summary: Summary) -> None:
    text = markdown(summary, run)
    assert text.startswith("# Did Phase 2 pay off?\n")
    assert (
        text.index("| Service time, median (over all requests, unweighted) |")
        < text.index("## What to do")
        < text.index("## Claims")
    )
    for heading in ("## Claims", "## By endpoint", "## Limitations", "## Provenance"):
        assert heading in text
    assert "perflab run scenarios/marketplace.yaml" in text
    assert text == (run.directory / "summary.md").read_text(encoding="utf-8")


def test_a_verdict_stands_with_what_it_rests_on(run: Run, summary: Summary) -> None:
    text = markdown(summary, run)
    (median,) = (line for line in text.splitlines() if line.startswith("| Service time, median "))
    assert "| mean service time, audited requests: " in median
    assert "responses were compared: the measured ones, and those of the warm-up" in text
    assert "n counts pairs of the same request in both cells, cache lookups, responses, or" in text
    effects = tuple(
        replace(each, verdict="better", low=0.5, high=1.01)
        if each.endpoint == "job" and each.metric == "latency_s"
        else each
        for each in summary.effects
    )
    (row,) = (
        line for line in markdown(replace(summary, effects=effects), run).splitlines() if line.startswith("| job |")
    )
    assert row.endswith("| ↓ better, by Holm's test |")


def test_endpoints_without_an_interval_stand_with_the_reason(run: Run, summary: Summary) -> None:
    few = "An interval needs 3 rounds, and there are 2."
    effects = tuple(
        replace(each, low=None, high=None, note=few) if each.endpoint in ("job", "profile") else each
        for each in summary.effects
    )
    text = markdown(replace(summary, effects=effects), run)
    assert "- No interval for job, pay and profile: An interval needs 3 rounds, and there are 2." in text.splitlines()
    assert "- No interval for pay: An interval needs 3 rounds, and there are 2." in markdown(summary, run).splitlines()


def test_it_says_what_each_switch_switches(run: Run, summary: Summary) -> None:
    described = replace(
        run, meta={**run.meta, "scenario": {**run.scenario, "factor_texts": {"queries": "JOINS: off or on"}}}
    )
    assert "\n## Switches\n\n- ‘queries’ (JOINS: off or on)\n" in markdown(summary, described)
    assert "## Switches" not in markdown(summary, run), "a run of an earlier version"


def test_a_rate_without_a_change_has_its_interval_beside_it(run: Run, summary: Summary) -> None:
    (rate,) = (line for line in markdown(summary, run).splitlines() if line.startswith("| Cache hit rate "))
    name, before, after, change = rate.split(" | ")[:4]
    assert name.startswith("| Cache hit rate (of lookups by audited requests; caches start empty; ")
    assert (before, change) == ("–", "–") and re.fullmatch(r"\d+(\.\d)?% \([\d.]+ to [\d.]+%\)", after), rate


def test_a_scenario_cannot_write_markup_into_it(tmp_path: Path) -> None:
    nasty = scenario(title="<img src=x> | `a` [b](c)\n# d")
    run = saved_run.save(tmp_path, scenario=nasty)
    first = markdown(report.build(run), run).splitlines()[0]
    assert first == r"# \<img src=x\> \| \`a\` \[b\](c) \# d"


def test_where_the_columns_do_not_fit_each_claim_has_a_line_below_it(summary: Summary) -> None:
    wide = claims_table(summary)
    assert claims_table(summary, 200) == wide
    lines = claims_table(summary, 80).splitlines()
    assert len(lines) == 2 * len(summary.claims)
    assert max(map(len, lines)) <= 80
    for line, claim in zip(lines[1::2], summary.claims, strict=True):
        assert line.startswith(f"    {claim.verdict}")
    assert "    not measured" in lines, "what is unknown is left out"


def test_a_claim_cannot_drive_the_terminal(summary: Summary) -> None:
    hostile = replace(summary, claims=(replace(summary.claims[0], statement="\x1b[2J\rall is\nwell"),))
    for width in (None, 20):
        assert "\x1b" not in claims_table(hostile, width)
        assert "[2J all is well" in claims_table(hostile, width)


def test_a_job_summary_shows_verdicts_by_their_signs_and_folds_what_is_long(run: Run, summary: Summary) -> None:
    text = markdown(summary, run)
    assert "| ✓ supported |" in text and "| ↓ better |" in text
    facts = text[text.index("<details>") : text.index("</details>")]
    assert "- Scenario: marketplace, profile smoke, seed 1" in facts
    assert text.index("</details>") < text.index("Reproduce this run:")
    assert all(line.count("\\|") or line.count("|") in (0, 6, 7, 8) for line in text.splitlines()), (
        "every table is whole"
    )
