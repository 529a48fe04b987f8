"""Sentences: what a summary's numbers mean in plain words. Nothing here computes; each sentence carries its figures.

Figures come in parts (a value, its interval), and are joined where they are displayed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perflab import units
from perflab.report import lookup
from perflab.report.lookup import Claim, Effect
from perflab.run.cells import ALL
from perflab.run.metrics import metric_of, title_of, unit_of
from perflab.units import UNKNOWN

STATUS = {"failed": "failed", "interrupted": "was interrupted", "running": "has not finished"}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its interval: `94.5% less`, `93.9 to 95.0%`. The interval is empty where there is none."""

    value: str
    interval: str = ""

    def __str__(self) -> str:
        return f"{self.value} ({self.interval})" if self.interval else self.value

    @property
    def known(self) -> bool:
        """Whether there is a figure at all."""
        return self.value != UNKNOWN


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How much evidence there is: `1,150`, and `3 rounds` where rounds were counted."""

    n: str
    rounds: str = ""

    def __str__(self) -> str:
        return f"{self.n} in {self.rounds}" if self.rounds else self.n


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a run: the sentence that matters most, and the others."""

    first: str
    rest: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.first, *self.rest])


def verdict(summary: Mapping[str, Any], status: str) -> Verdict:
    """Return the outcome of a run, the most important sentence first.

    Args:
        summary: summary.json.
        status: The run's status; a verdict is drawn from a complete run only.
    """
    if status != "complete":
        return Verdict(f"No verdict: the run {STATUS.get(status, status)}, so no conclusion can be drawn from it.")
    sentences = [*_changed(summary), _claims(summary.get("claims", [])), *_service_time(summary), *_unchanged(summary)]
    return Verdict(sentences[0], tuple(sentences[1:]))


def _changed(summary: Mapping[str, Any]) -> list[str]:
    same = lookup.equivalence(summary)
    if not same.get("changed"):
        return []
    return [f"Responses changed: {same['changed']:,} of {same.get('compared') or 0:,} differ from the baseline's."]


def _unchanged(summary: Mapping[str, Any]) -> list[str]:
    same = lookup.equivalence(summary)
    if same.get("changed"):
        return []
    other_cells = [str(row["cell"]) for row in same.get("by_cell") or [] if row["changed"]]
    if other_cells:
        return [f"Responses changed in {units.listed(other_cells)}, but not with everything on."]
    compared = same.get("compared") or 0
    return [f"All {compared:,} responses with everything on are unchanged."] if compared else []


def _service_time(summary: Mapping[str, Any]) -> list[str]:
    """`Mean service time fell by 66.5%, from 14.1 ms to 4.75 ms`, or why nothing is concluded from times."""
    reasons = lookup.withheld(summary)
    if reasons:
        return [f"No verdict on times: {'; '.join(reasons)}."]
    whole = lookup.effect(summary)
    if whole is None:
        return []
    before, after = (units.seconds(whole[side]) for side in ("before", "after"))
    return [f"Mean service time {moved(whole)}, from {before} to {after}."]


def moved(row: Effect) -> str:
    """Return what a quantity did: `fell by 66.5% (63.5 to 72.2%)`, `rose to 2.88 times (...)`, `did not change`."""
    size = change(row)
    if not row.get("ratio"):
        return f"changed by {size}"
    if size.value == SAME:
        return f"did not change{f' ({size.interval})' if size.interval else ''}"
    interval = f" ({size.interval})" if size.interval else ""
    if row["ratio"] > 2:
        return f"rose to {units.significant(row['ratio'])} times as much{interval}"
    return f"{'fell' if row['ratio'] < 1 else 'rose'} by {_digits(abs(row['ratio'] - 1))}%{interval}"


def _claims(claims: Sequence[Claim]) -> str:
    if not claims:
        return "The scenario makes no claim."
    counts = Counter(claim["verdict"] for claim in claims)
    unmeasured = counts["not measured"]
    measured = len(claims) - unmeasured
    if not measured:
        return "No claim could be measured."
    supported, refuted, inconclusive = counts["supported"], counts["refuted"], counts["inconclusive"]
    if supported == measured:
        return (
            f"Yes: {'the one measured claim is' if measured == 1 else f'all {measured} measured claims are'} supported."
        )
    word = "Partly" if supported else ("No" if refuted else "Inconclusive")
    parts = [f"{supported} of {measured} measured claims {'is' if supported == 1 else 'are'} supported"]
    parts += [f"{number} {name}" for number, name in ((refuted, "refuted"), (inconclusive, "inconclusive")) if number]
    more = f"; {unmeasured} more {'was' if unmeasured == 1 else 'were'} not measured" if unmeasured else ""
    return f"{word}: {', '.join(parts)}{more}."


def attribution(summary: Mapping[str, Any]) -> str | None:
    """Return the whole gain as a product and what switching each factor off would cost; None where it is unknown.

    `4.3× faster = queries × 3.4 · caching × 1.2. Switching off only queries now would make requests 3.4× slower`.
    """
    rows = lookup.shares(summary)
    if not rows or lookup.withheld(summary):
        return None
    whole = rows[0]["whole"]["estimate"]
    if rows[0]["scale"] != "log" or not whole:
        return None
    size = f"{units.significant(1 / whole)}× faster" if whole <= 1 else f"{units.significant(whole)}× slower"
    ratios = [(row["factor"], row["shapley"]["estimate"]) for row in rows]
    product = " · ".join(f"{name} × {units.significant(1 / ratio if whole <= 1 else ratio)}" for name, ratio in ratios)
    first, *others = [_switched_off(row) for row in rows]
    also = "".join(f"; only {name}, {pace_}" for name, pace_ in others)
    return f"{size} = {product}. Switching off only {first[0]} now would make requests {first[1]}{also}."


def _switched_off(row: Mapping[str, Any]) -> tuple[str, str]:
    """A factor, and how much slower requests are without it."""
    uncertain = "" if is_certain(row["last"]) else " (not significant)"
    return str(row["factor"]), f"{pace(1 / row['last']['estimate'])}{uncertain}"


def is_certain(part: Mapping[str, Any]) -> bool:
    """Return whether an interval excludes no change."""
    low, high = part["low"], part["high"]
    return low is not None and high is not None and (low > 1 or high < 1)


def interactions(summary: Mapping[str, Any]) -> list[str]:
    """Return what pairs of factors do beyond their separate effects, where that is significant."""
    sentences = []
    for row in lookup.interactions(summary):
        together = row["together"]
        if not is_certain(together):
            continue
        names = units.listed(row["factor"].split(" x "))
        ends = f"{units.signed(together['low'])} to {units.signed(together['high'])}"
        what = "save more together than separately" if together["estimate"] < 1 else "partly save the same time"
        sentences.append(f"{names} {what}: {units.signed(together['estimate'])} ({ends}).")
    return sentences


def spread(summary: Mapping[str, Any]) -> str:
    """Return how many endpoints gained, and which one regressed most or gained least.

    Endpoints are ordered by the end of the interval that is nearer to no change.
    """
    rows = lookup.by_endpoint(summary)
    better, worse = (sum(row["verdict"] == word for row in rows) for word in ("better", "worse"))
    sentence = f"{better} of {len(rows)} endpoints got faster, {worse} slower."
    judged = [row for row in rows if row["low"] is not None]
    if not judged:
        return sentence
    last = max(judged, key=lambda row: (float(row["low"]), float(row["ratio"])))
    label = "Worst regression" if last["verdict"] == "worse" else "Smallest gain"
    return f"{sentence} {label}: {last['endpoint']}, {paced(last)}."


def without(row: Effect) -> Effect:
    """Return an effect seen from its other side: from the candidate back to the baseline."""
    turned = {side: 1 / row[other] if row.get(other) else None
              for side, other in (("ratio", "ratio"), ("low", "high"), ("high", "low"))}  # fmt: skip
    return {**row, **turned, "before": row["after"], "after": row["before"]}


def share(summary: Mapping[str, Any], endpoint: str) -> str:
    """Return how much of the traffic an endpoint is, `1% of requests`; empty where that is unknown."""
    n, of_all = lookup.requests(summary, endpoint), lookup.requests(summary, ALL)
    return f"{units.percent(n / of_all, 0 if n >= 0.01 * of_all else 1)} of requests" if n and of_all else ""


def levels(row: Effect) -> str:
    """Return before and after with their unit: `18.2 ms → 936 µs`."""
    unit = unit_of(row["metric"])
    return f"{units.in_unit(row['before'], unit)} → {units.in_unit(row['after'], unit)}"


def claim_levels(claim: Claim) -> tuple[str, str]:
    """Return the measured levels before and after of a claim, with their unit."""
    unit = claim.get("unit") or ""
    return units.in_unit(claim["before"], unit), units.in_unit(claim["after"], unit)


def all_or(endpoint: str) -> str:
    """Return an endpoint's name, or `All requests` for all of them."""
    return "All requests" if endpoint == ALL else endpoint


SAME = "no change"


def change(row: Effect) -> Estimate:
    """Return how the candidate compares: `94.5% less` with `93.9 to 95.0%`, or a multiple where it more than doubles."""
    ratio = row.get("ratio")
    if ratio is None:
        return Estimate(_difference(row))
    low, high = row.get("low"), row.get("high")
    ends = None if low is None or high is None else (1 - high, 1 - low)
    return _reduction(1 - ratio, ends)


def relative(ratio: float) -> str:
    """Return a ratio as a change: `94.5% less`, `2.88 times as much`."""
    return _reduction(1 - ratio).value


def pace(ratio: float) -> str:
    """Return a ratio of times as a change of speed: `19.3% slower`, `2.73× slower`, `1.1% faster`."""
    if ratio > 2:
        return f"{units.significant(ratio)}× slower"
    if abs(ratio - 1) < 0.0005:
        return "no slower"
    return f"{_digits(abs(ratio - 1))}% {'faster' if ratio < 1 else 'slower'}"


def paced(row: Effect) -> Estimate:
    """Return an effect on times as a change of speed, with its interval."""
    return Estimate(pace(row["ratio"]), change(row).interval) if row.get("ratio") else change(row)


def _reduction(value: float, ends: tuple[float, float] | None = None) -> Estimate:
    """How much less: a share of what was there before, negative where it is more; with the ends of its interval."""
    if value < -1:
        interval = f"{units.significant(1 - ends[1])} to {units.significant(1 - ends[0])} times" if ends else ""
        return Estimate(f"{units.significant(1 - value)} times as much", interval)
    size = SAME if abs(value) < 0.0005 else f"{_digits(abs(value))}% {'less' if value > 0 else 'more'}"
    if ends is None:
        return Estimate(size)
    low, high = ends
    if low >= 0:
        return Estimate(size, f"{_digits(low)} to {_digits(high)}%")
    if high <= 0:
        return Estimate(size, f"{_digits(-high)} to {_digits(-low)}%")
    return Estimate(size, f"{_digits(high)}% less to {_digits(-low)}% more")


def _difference(row: Effect) -> str:
    if row.get("difference") is None:
        return UNKNOWN
    unit = unit_of(row["metric"])
    sign = "+" if row["difference"] > 0 else ""
    return f"{sign}{units.in_unit(row['difference'], unit)}" if row["difference"] else SAME


def _digits(share_: float) -> str:
    percent = share_ * 100
    if percent >= 100:
        return f"{percent:,.0f}"
    return f"{percent + 0.0:.1f}" if percent < 99.95 else f"{percent:.2f}"


def bound(claim: Claim) -> str:
    """Return the bound of a claim as it is judged: `at least 95% less`."""
    words = {"at_least": "at least", "at_most": "at most", "equals": "exactly"}[claim["direction"]]
    value = float(claim["bound"])
    if metric_of(claim["metric"]).kind == "reduction":
        return f"{words} {value * 100:g}% less"
    if metric_of(claim["metric"]).kind == "ratio":
        return f"{words} {value:g} times"
    unit = unit_of(claim["metric"])
    return f"{words} {value * 100:g}%" if unit == "share" else f"{words} {value:g}"


def judged_by(claim: Claim) -> str:
    """Return what a claim is judged by: its bound, metric and scope."""
    scope = claim.get("scope")
    return f"{bound(claim)}, {metric(claim['metric'])}" + (f", {scope}" if scope else "")


def claimed(claim: Claim) -> str:
    """Return the levels as they were claimed, in the author's own words, or else the bound."""
    levels_ = claim.get("claimed") or {}
    stated = [str(levels_[side]) for side in ("before", "after") if levels_.get(side) is not None]
    return " → ".join(stated) or bound(claim)


def estimate(claim: Claim) -> Estimate:
    """Return the measured figure of a claim, with its interval."""
    value, low, high = claim.get("estimate"), claim.get("low"), claim.get("high")
    if value is None:
        return Estimate(UNKNOWN)
    if metric_of(claim["metric"]).kind == "reduction":
        return _reduction(value, None if low is None or high is None else (low, high))
    unit = unit_of(claim["metric"])
    if low is None or high is None or low == high:
        return Estimate(units.in_unit(value, unit))
    return Estimate(units.in_unit(value, unit), f"{units.in_unit(low, unit)} to {units.in_unit(high, unit)}")


def sample_size(row: Mapping[str, Any]) -> SampleSize:
    """Return how much evidence a claim or an effect rests on."""
    n, rounds = row.get("n") or 0, row.get("rounds") or 0
    if not n:
        return SampleSize(UNKNOWN)
    return SampleSize(f"{n:,}", units.counted(rounds, "round") if rounds else "")


def metric(name: str) -> str:
    """Return the name of a metric for people."""
    return title_of(name)
