"""Status codes: what never succeeds, what was left out, what fails in every cell now and then."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.analysis.responses.statuses import by_endpoint, lacks_static_files, of_statuses
from perflab.run.records import Finding

CELLS = ("all_off", "all_on", "twin", "canary", "reference")
FIRST: dict[str, Any] = {"left_out": [], "to_login": [], "outcomes": []}


def samples(*rows: dict[str, Any], **statuses: list[int | None]) -> pd.DataFrame:
    """A sample for each of an endpoint's statuses in every cell; further rows change some of them."""
    made: dict[tuple[str, int], dict[str, Any]] = {}
    for endpoint, codes in statuses.items():
        for step, status in enumerate(codes):
            for cell in CELLS[:4]:
                made[cell, len(made) // 4 * 4] = {
                    "round": 1, "step": 100 * list(statuses).index(endpoint) + step, "cell": cell, "endpoint": endpoint,
                    "method": "GET", "phase": "measured", "status": status,
                    "error": "raised ValueError: x" if status is None else "returned 500" if status >= 500 else None,
                }  # fmt: skip
    table = list(made.values())
    for change in rows:
        (row,) = [r for r in table if (r["cell"], r["step"]) == (change["cell"], change["step"])]
        row.update(change)
    table.append({**table[0], "cell": "reference", "endpoint": "reference", "status": 200, "error": None})
    frame = pd.DataFrame(table)
    return frame.assign(status=frame["status"].astype("Int16"), error=frame["error"].astype("string"))


def findings(table: pd.DataFrame, first: dict[str, Any] | None = None, **expects: int) -> list[Finding]:
    endpoints = [{"name": name, "expects": status} for name, status in expects.items()]
    return of_statuses(table, {"traffic": {"endpoints": endpoints}}, FIRST if first is None else first, ["caching"])


def test_an_endpoint_that_succeeds_now_and_then_is_no_finding() -> None:
    assert findings(samples(a=[200, 404], b=[302, 304], c=[201])) == []


def test_one_that_never_does_is_and_one_that_is_meant_to_is_not() -> None:
    table = samples(a=[403] * 3, b=[404, 403], c=[403])
    first, second = findings(table, c=403)
    assert (first.kind, first.endpoint, first.count, first.severity) == ("never_succeeds", "a", 3, "error")
    assert first.sentence == "a never succeeded: 403 in all of its 3 requests, in every cell."
    assert second.sentence == "b never succeeded: 403 and 404 in all of its 2 requests, in every cell."
    (other,) = findings(samples(c=[404]), c=403)
    assert other.sentence == "c never returned 403, which the scenario expects of it: 404 once, in every cell."


def test_one_that_leads_to_the_login_is_told_apart_from_other_redirects() -> None:
    table = samples(a=[302, 302], b=[302])
    (finding,) = findings(table, {**FIRST, "to_login": ["a"]})
    assert (finding.kind, finding.endpoint) == ("login_redirect", "a")
    assert findings(samples(a=[302, 200]), {**FIRST, "to_login": ["a"]}) == []


def test_what_was_left_out_is_the_first() -> None:
    outcome = {
        "endpoint": "z",
        "cell": "all_off",
        "request": "GET /z/",
        "status": 500,
        "error": "returned 500 (ValueError: x at shop/z.py:3)",
    }
    first, second = findings(samples(a=[403]), {**FIRST, "left_out": ["z"], "outcomes": [outcome]})
    assert first.sentence == "z fails in every cell and is left out: GET /z/ returned 500 (ValueError at shop/z.py:3)."
    assert (first.kind, second.kind) == ("endpoint_failed", "never_succeeds")


def test_requests_that_fail_in_every_cell_are_counted() -> None:
    (finding,) = findings(samples(a=[200, 500, 500]))
    assert (finding.kind, finding.severity, finding.count) == ("request_failed", "warning", 2)
    assert finding.sentence == "2 requests of a failed in every cell and were left out: returned 500."
    assert list(finding.steps) == [{"round": 1, "step": 1}, {"round": 1, "step": 2}]


def test_a_status_of_some_cells_belongs_to_the_comparison_and_no_response_at_all_is_told_here() -> None:
    differing = samples({"cell": "all_on", "step": 1, "status": 500, "error": "returned 500"}, a=[200, 200])
    assert findings(differing) == []
    broken = [
        {"cell": cell, "step": 1, "status": None, "error": "raised ValueError: x at a.py:3"}
        for cell in ("all_on", "twin")
    ]
    (finding,) = findings(samples(*broken, a=[200, 200]))
    assert finding.sentence == "1 request of a had no response with ‘caching’ on: ValueError at a.py:3."
    assert list(finding.factors) == ["caching"]


def test_a_run_from_before_first_requests_has_no_such_findings() -> None:
    assert of_statuses(samples(a=[403]), {}, None, ["caching"]) == []


def test_the_page_shows_the_codes_of_the_baseline_and_where_cells_differ() -> None:
    table = samples({"cell": "all_on", "step": 0, "status": 500}, a=[200, 200], b=[404])
    assert by_endpoint(table) == {"a": "200; all_on: 200 (1), 500 (1)", "b": "404"}
    assert by_endpoint(table[table["cell"] == "reference"]) == {}


def test_missing_static_files_have_a_hint() -> None:
    error = "returned 500 (ValueError: Missing staticfiles manifest entry for 'a.css' at shop/z.py:3)"
    outcome = {"endpoint": "z", "cell": "all_off", "request": "GET /z/", "status": 500, "error": error}
    (finding,) = findings(samples(a=[200]), {**FIRST, "left_out": ["z"], "outcomes": [outcome]})
    assert "manage.py collectstatic" in finding.sentence and "a.css" not in finding.sentence


@pytest.mark.parametrize(
    ("error", "lacks"),
    [
        ("ValueError: Missing staticfiles manifest entry for 'a.css'", True),
        ('OfflineGenerationError: key "1f" is missing from offline manifest', True),
        ("OSError: Error reading /srv/webpack-stats.json", True),
        ("DjangoViteAssetNotFoundError: Cannot find main.js in Vite manifest", True),
        ("DoesNotExist: Invite matching query does not exist.", False),
        ("KeyError: 'cargo_manifest'", False),
        ("ValueError: cannot decompress the upload", False),
    ],
)
def test_errors_about_static_files_are_told_from_the_projects_own(error: str, lacks: bool) -> None:
    assert lacks_static_files(error) is lacks
