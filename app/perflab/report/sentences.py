"""Sentences: what a summary's numbers say, in plain words. Nothing here computes; each sentence carries its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from perflab import units
from perflab.run.cells import ALL, MIX, WHOLE
from perflab.run.metrics import metric_of, title_of, unit_of
from perflab.units import UNKNOWN

Claim = Mapping[str, Any]
Effect = Mapping[str, Any]


def verdict(summary: Mapping[str, Any], status: str) -> str:
    """The outcome in one or two sentences: what came first is what matters most."""
    if status != "complete":
        how = {"failed": "failed", "interrupted": "was interrupted", "running": "has not finished"}.get(status, status)
        return f"No verdict: the run {how}, and nothing is concluded from it."
    withheld = (summary.get("control") or {}).get("withheld")
    changed = summary.get("equivalence", {}).get("changed") or 0
    compared = summary.get("equivalence", {}).get("compared") or 0
    parts = []
    if changed:
        parts.append(f"Not the same answers: {changed:,} of {compared:,} differ from the baseline's.")
    parts.append(_claims(summary.get("claims", [])))
    if withheld:
        parts.append(f"No verdict on times: {'; '.join(withheld)}.")
    whole = effect(summary, "ALL", "latency_s")
    if whole is not None and not withheld:
        before, after = (units.seconds(whole[side]) for side in ("before", "after"))
        parts.append(f"The average request takes {after} of service time instead of {before}: {change(whole)}.")
    other_cells = [row["cell"] for row in summary.get("equivalence", {}).get("by_cell") or [] if row["changed"]]
    if not changed and other_cells:
        parts.append(
            f"Answers changed in {units.listed([str(cell) for cell in other_cells])}, though not with everything on."
        )
    elif compared and not changed:
        parts.append(f"All {compared:,} answers with everything on stayed the same.")
    return " ".join(parts)


def _claims(claims: Sequence[Claim]) -> str:
    if not claims:
        return "The scenario makes no claim."
    counts = Counter(claim["verdict"] for claim in claims)
    measured = len(claims) - counts["not measured"]
    if not measured:
        return "No claim could be measured."
    holds, fails, open_ = counts["supported"], counts["refuted"], counts["inconclusive"]
    if holds == measured:
        return f"Yes: {'the one measured claim holds' if measured == 1 else f'all {measured} measured claims hold'}."
    word = "Partly" if holds else ("No" if fails else "Open")
    parts = [f"{holds} of {measured} measured claims {'holds' if holds == 1 else 'hold'}"]
    if fails:
        parts.append(f"{fails} {'is' if fails == 1 else 'are'} refuted")
    if open_:
        parts.append(f"{open_} {'stays' if open_ == 1 else 'stay'} open")
    unmeasured = counts["not measured"]
    more = f"; {unmeasured} more {'was' if unmeasured == 1 else 'were'} not measured" if unmeasured else ""
    return f"{word}: {units.listed(parts)}{more}."


def effect(
    summary: Mapping[str, Any], endpoint: str, metric: str, contrast: str = WHOLE, statistic: str = "mean"
) -> Effect | None:
    """One effect of a summary, or None where it was not estimated."""
    for row in summary.get("effects", []):
        if (row["endpoint"], row["metric"], row["contrast"], row["statistic"]) == (
            endpoint,
            metric,
            contrast,
            statistic,
        ):
            return row if row["before"] is not None and row["after"] is not None else None
    return None


def shares(summary: Mapping[str, Any], metric: str = "latency_s") -> list[Mapping[str, Any]]:
    """The attribution's rows of factors, by their part of the gain."""
    rows = [
        row
        for row in summary.get("attribution") or []
        if row["metric"] == metric and row.get("kind", "factor") == "factor"
    ]
    return sorted(rows, key=lambda row: -(row.get("shapley_share") or 0.0))


def attribution(summary: Mapping[str, Any]) -> str | None:
    """The whole gain as a product, `4.3× faster = queries × 3.4 · caching × 1.2`, and what each is worth today."""
    rows = shares(summary)
    if not rows or (summary.get("control") or {}).get("withheld"):
        return None
    whole = rows[0]["whole"]["estimate"]
    if rows[0]["scale"] != "log" or not whole:
        return None
    how = f"{units.significant(1 / whole)}× faster" if whole <= 1 else f"{units.significant(whole)}× slower"
    times = [(row["factor"], row["shapley"]["estimate"]) for row in rows]
    parts = " · ".join(f"{name} × {units.significant(1 / ratio if whole <= 1 else ratio)}" for name, ratio in times)
    away: list[str] = []
    for row in rows:
        more, certain = 1 / row["leave_one_out"]["estimate"], _is_certain(row["leave_one_out"])
        said = f"{units.significant(more)} times the time" if more > 2 else units.signed(more)
        away.append(
            f"only {row['factor']} away{' today' if not away else ''}: {said}" + ("" if certain else " (not certain)")
        )
    return f"{how} = {parts}. Taking {'; '.join(away)}."


def _is_certain(part: Mapping[str, Any]) -> bool:
    low, high = part["low"], part["high"]
    return low is not None and high is not None and (low > 1 or high < 1)


def interactions(summary: Mapping[str, Any], metric: str = "latency_s") -> list[str]:
    """What switches do together beyond their parts, where that is certain."""
    said = []
    for row in summary.get("attribution") or []:
        if row["metric"] != metric or row.get("kind") != "interaction" or row["scale"] != "log":
            continue
        together = row["together"]
        if not _is_certain(together):
            continue
        names = units.listed(row["factor"].split(" x "))
        ends = f"{units.signed(together['low'])} to {units.signed(together['high'])}"
        what = "save more together than apart" if together["estimate"] < 1 else "save in part the same time"
        said.append(f"{names} {what}: {units.signed(together['estimate'])} ({ends}).")
    return said


def spread(summary: Mapping[str, Any], metric: str = "latency_s") -> str:
    """How many endpoints gained, and which one came off worst: by the end of its interval that is nearer to no change."""
    rows = by_endpoint(summary, metric)
    better, worse = (sum(row["verdict"] == word for row in rows) for word in ("better", "worse"))
    said = f"Of {len(rows)} endpoints {better} got faster and {worse} slower."
    judged = [row for row in rows if row["low"] is not None]
    if not judged:
        return said
    last = max(judged, key=lambda row: (float(row["low"]), float(row["ratio"])))
    return f"{said} {last['endpoint']} came off worst: {change(last)}."


def by_endpoint(summary: Mapping[str, Any], metric: str = "latency_s", contrast: str = WHOLE) -> list[Effect]:
    """The rows of single endpoints that were asked for."""
    return [
        row
        for row in summary.get("effects", [])
        if (row["metric"], row["statistic"], row["contrast"]) == (metric, "mean", contrast)
        and row["endpoint"] != ALL and row["endpoint"] not in MIX and row["n"]
    ]  # fmt: skip


def without(row: Effect) -> Effect:
    """The same effect seen from its other side: from the candidate back to the baseline."""
    turned = {side: 1 / row[other] if row.get(other) else None
              for side, other in (("ratio", "ratio"), ("low", "high"), ("high", "low"))}  # fmt: skip
    return {**row, **turned, "before": row["after"], "after": row["before"]}


def share(summary: Mapping[str, Any], endpoint: str) -> str:
    """How much of the traffic an endpoint is: `1% of requests`; empty where that is unknown."""
    rows = {row["endpoint"]: row.get("n") for row in summary.get("effects", [])
            if (row["metric"], row["statistic"], row["contrast"]) == ("latency_s", "mean", WHOLE)}  # fmt: skip
    n, all_ = rows.get(endpoint), rows.get(ALL)
    return f"{units.percent(n / all_, 0 if n >= 0.01 * all_ else 1)} of requests" if n and all_ else ""


def levels(row: Effect) -> str:
    """Before and after, with their unit: `18.2 ms -> 936 µs`."""
    unit = unit_of(row["metric"])
    return f"{units.in_unit(row['before'], unit)} → {units.in_unit(row['after'], unit)}"


def change(row: Effect) -> str:
    """How a candidate compares: `94.5% less (93.9 to 95.0%)`, or by what factor where that says more."""
    ratio = row.get("ratio")
    if ratio is None:
        return _difference(row)
    return f"{relative(ratio)}{_interval(row)}"


def relative(ratio: float) -> str:
    if ratio > 2:
        return f"{units.significant(ratio)} times as much"
    percent = abs(ratio - 1) * 100
    if percent < 0.05:
        return "the same"
    return f"{_digits(percent)}% {'less' if ratio < 1 else 'more'}"


def parts_of_change(row: Effect) -> tuple[str, str]:
    """The same in two parts: `94.5% less`, `93.9 to 95.0%`; the second is empty where there is no interval."""
    ratio = row.get("ratio")
    if ratio is None:
        return _difference(row), ""
    return relative(ratio), _interval(row).strip().removeprefix("(").removesuffix(")")


def _interval(row: Effect) -> str:
    low, high = row.get("low"), row.get("high")
    if low is None or high is None:
        return ""
    if row["ratio"] > 2:
        return f" ({units.significant(low)} to {units.significant(high)} times)"
    if high <= 1:
        return f" ({_digits((1 - high) * 100)} to {_digits((1 - low) * 100)}%)"
    if low >= 1:
        return f" ({_digits((low - 1) * 100)} to {_digits((high - 1) * 100)}%)"
    return f" ({_digits((1 - low) * 100)}% less to {_digits((high - 1) * 100)}% more)"


def _difference(row: Effect) -> str:
    if row.get("difference") is None:
        return UNKNOWN
    unit = unit_of(row["metric"])
    sign = "+" if row["difference"] > 0 else ""
    return f"{sign}{units.in_unit(row['difference'], unit)}" if row["difference"] else "the same"


def _digits(percent: float) -> str:
    return f"{percent:.1f}" if percent < 99.95 else f"{percent:.2f}"


def bound(claim: Claim) -> str:
    """What the claim's bound asks for, as it is judged: `at least 95% less`."""
    words = {"at_least": "at least", "at_most": "at most", "equals": "exactly"}[claim["direction"]]
    value = float(claim["bound"])
    if metric_of(claim["metric"]).kind == "reduction":
        return f"{words} {value * 100:g}% less"
    if metric_of(claim["metric"]).kind == "ratio":
        return f"{words} {value:g} times"
    unit = unit_of(claim["metric"])
    return f"{words} {value * 100:g}%" if unit == "share" else f"{words} {value:g}"


def claimed(claim: Claim) -> str:
    """The levels as they were claimed, in their own words."""
    levels_ = claim.get("claimed") or {}
    before, after = levels_.get("before"), levels_.get("after")
    if before is None and after is None:
        return bound(claim)
    return (
        f"{before} → {after}" if before is not None and after is not None else f"{after if before is None else before}"
    )


def estimate(claim: Claim) -> str:
    """What was found, with its interval."""
    value, low, high = claim.get("estimate"), claim.get("low"), claim.get("high")
    if value is None:
        return UNKNOWN
    if metric_of(claim["metric"]).kind == "reduction":
        ratio = {
            "ratio": 1 - value,
            "low": None if high is None else 1 - high,
            "high": None if low is None else 1 - low,
        }
        return change({**ratio, "metric": claim["metric"]})
    unit = unit_of(claim["metric"])
    text = units.in_unit(value, unit)
    if low is None or high is None or low == high:
        return text
    return f"{text} ({units.in_unit(low, unit)} to {units.in_unit(high, unit)})"


def sample_size(claim: Mapping[str, Any]) -> str:
    """How much evidence: `1,150 in 3 rounds`."""
    n, rounds = claim.get("n") or 0, claim.get("rounds") or 0
    if not n:
        return UNKNOWN
    return f"{n:,} in {units.counted(rounds, 'round')}" if rounds else f"{n:,}"


def metric(name: str) -> str:
    return title_of(name)
