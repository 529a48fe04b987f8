"""The status codes of each endpoint: what never succeeds, what was left out, and what fails now and then in every cell.

A status that only some cells return is a response that differs, see answers.py. This is about the others, which no comparison of
cells shows, because all cells agree on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.responses.findings import smallest
from perflab.analysis.stats.values import mapping, plain
from perflab.errors import without_contents
from perflab.run.cells import BASELINE, CONTROLS, REFERENCE
from perflab.run.columns import Samples
from perflab.run.records import MAX_STEPS, Finding
from perflab.run.scenario import scenario_endpoints
from perflab.units import counted, listed, quoted

# The classes of these findings. They come before all others, because nothing that was measured of such an endpoint counts.
FIRST = ("endpoint_failed", "never_succeeds", "login_redirect")
KINDS = (*FIRST, "request_failed")

# What errors say where static files have not been collected, compressed or built: Django's, compressor's, and those of packages
# for webpack and Vite.
STATIC_FILES = re.compile(
    r"staticfiles|collectstatic|offline (compression|manifest)|manage\.py compress|webpack|\bvite\b", re.IGNORECASE
)


def of_statuses(
    samples: Samples, scenario: Mapping[str, Any], first_requests: Mapping[str, Any] | None, factors: Sequence[str]
) -> list[Finding]:
    """Return the findings about status codes, those first that concern a whole endpoint.

    Args:
        samples: The samples of a run.
        scenario: The scenario as run.json keeps it.
        first_requests: What run.json keeps of the first requests; None for a run of an
            older perflab, of which nothing is found.
        factors: The scenario's factors, in its order.
    """
    if first_requests is None:
        return []
    first = mapping(first_requests)
    own = samples[["round", "step", "cell", "endpoint", "method", "status", "error"]]
    own = own[own["cell"] != REFERENCE]
    findings = list(_left_out(first))
    expected = {endpoint.name: endpoint.expects for endpoint in scenario_endpoints(scenario)}
    later: list[Finding] = []
    for name, requests in own.groupby("endpoint", sort=True, observed=True):
        whole = _of_endpoint(str(name), requests, expected.get(str(name)), first)
        if whole is not None:
            findings.append(whole)
        else:
            later += _now_and_then(str(name), requests, factors)
    return [*findings, *later]


def by_endpoint(samples: pd.DataFrame) -> dict[str, str]:
    """Return the status codes of each endpoint's measured requests, as text: those of the baseline, and where cells differ."""
    subject, counts = samples["cell"] != REFERENCE, samples["phase"] == "measured"
    measured = samples[(subject & counts).to_numpy(bool, na_value=False)]
    texts = {}
    for name, requests in measured.groupby("endpoint", observed=True):
        cells = {str(cell): _text(rows["status"]) for cell, rows in requests.groupby("cell", observed=True)}
        base = cells.get(BASELINE) or next(iter(cells.values()))
        others = [f"{cell}: {text}" for cell, text in cells.items() if text != base and cell not in CONTROLS]
        texts[str(name)] = "; ".join([base, *others])
    return texts


def _left_out(first: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the endpoints that failed in every cell before the first round."""
    for name in first.get("left_out") or []:
        outcomes: list[dict[str, Any]] = [row for row in first.get("outcomes") or [] if row["endpoint"] == name]
        outcome = outcomes[0] if outcomes else {}
        yield Finding(
            "endpoint_failed",
            "error",
            f"{name} fails in every cell and is left out: {outcome.get('request')} {_published(outcome.get('error'))}.",
            endpoint=str(name),
            example=plain({key: outcome.get(key) for key in ("cell", "request", "status")}),
        )


def _of_endpoint(name: str, requests: pd.DataFrame, expected: int | None, first: Mapping[str, Any]) -> Finding | None:
    """Return what is wrong with all requests of an endpoint; None where some succeed, or the status is the expected one."""
    status = requests["status"]
    succeeded = ((status >= 200) & (status < 400)).fillna(False).to_numpy(bool)
    redirected = ((status >= 300) & (status < 400)).fillna(False).to_numpy(bool)
    method = str(requests["method"].iloc[0])
    count = len(requests[["round", "step"]].drop_duplicates())
    if redirected.all() and name in (first.get("to_login") or []):
        what = f"{name} only redirects to the login page, {_each(count)}: what is behind it was not measured."
        return Finding("login_redirect", "error", what, endpoint=name, method=method, count=count)
    if succeeded.any() or (expected is not None and bool((status == expected).fillna(False).any())):
        return None
    error = next(iter(requests["error"].dropna()), None)
    because = f" ({_published(error)})" if error else ""
    codes = [_name(code) for code in sorted(status.dropna().unique())] + ([_name(None)] if status.isna().any() else [])
    failed = "never succeeded" if expected is None else f"never returned {expected}, which the scenario expects of it"
    what = f"{name} {failed}: {listed(codes)}{because} {_each(count)}, in every cell."
    return Finding("never_succeeds", "error", what, endpoint=name, method=method, count=count)


def _each(count: int) -> str:
    return "once" if count == 1 else f"in all of its {count:,} requests"


def _now_and_then(name: str, requests: pd.DataFrame, factors: Sequence[str]) -> Iterator[Finding]:
    """Yield the requests that failed in every cell, and those that some cells broke off without a response."""
    failed = requests["error"].notna()
    everywhere = failed.groupby([requests["round"], requests["step"]]).transform("all").to_numpy(bool)
    method = str(requests["method"].iloc[0])
    of_all = requests[everywhere]
    if len(of_all):
        steps = of_all[["round", "step"]].drop_duplicates()
        left_out = "was left out" if len(steps) == 1 else "were left out"
        error = _published(of_all["error"].iloc[0])
        where = " in every cell" if factors else ""
        what = f"{counted(len(steps), 'request')} of {name} failed{where} and {left_out}: {error}."
        yield Finding("request_failed", "warning", what, endpoint=name, method=method, count=len(steps),
                      steps=plain(steps.head(MAX_STEPS).astype(int)))  # fmt: skip
    broken = requests[(failed & requests["status"].isna()).to_numpy(bool) & ~everywhere]
    for cell, on in smallest(broken["cell"].unique().tolist(), factors):
        rows = broken[broken["cell"] == cell]
        cause = f" with {quoted(on)} on" if on else " with everything off" if factors else ""
        what = f"{counted(len(rows), 'request')} of {name} had no response{cause}: {_published(rows['error'].iloc[0])}."
        yield Finding("request_failed", "error", what, endpoint=name, method=method, factors=on, count=len(rows),
                      steps=plain(rows[["round", "step"]].head(MAX_STEPS).astype(int)))  # fmt: skip


def _text(status: pd.Series[Any]) -> str:
    """Return the status codes, with the number of each where there are several."""
    counts = status.astype("Int64").value_counts(dropna=False).sort_index().sort_values(ascending=False, kind="stable")
    names = [_name(code) for code in counts.index]
    if len(names) == 1:
        return names[0]
    return ", ".join(f"{name} ({number:,})" for name, number in zip(names, counts, strict=True))


def _published(error: Any) -> str:
    """Return what may be published of an error, and what to do where static files are missing."""
    text = str(error)
    hint = "; DEBUG is off here, as in production: `python manage.py collectstatic` or `compress` may be missing"
    return without_contents(text) + (hint if lacks_static_files(text) else "")


def lacks_static_files(error: str) -> bool:
    """Say whether an error is about static files that have not been collected, compressed or built."""
    return STATIC_FILES.search(error) is not None


def _name(code: Any) -> str:
    return "no response" if code is None or pd.isna(code) else str(int(code))
