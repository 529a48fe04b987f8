"""Figures of claims and effects for people: a value, its interval, its levels, as parts that are joined when displayed."""

from __future__ import annotations

from dataclasses import dataclass

from perflab import units
from perflab.report.lookup import Claim, Effect, Row
from perflab.run.metrics import metric_of, title_of, unit_of
from perflab.units import UNKNOWN

SAME = "no change"


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


def levels(row: Effect) -> str:
    """Return before and after with their unit: `18.2 ms → 936 µs`."""
    unit = unit_of(row["metric"])
    return f"{units.in_unit(row['before'], unit)} → {units.in_unit(row['after'], unit)}"


def claim_levels(claim: Claim) -> tuple[str, str]:
    """Return the measured levels before and after of a claim, with their unit."""
    unit = claim.get("unit") or ""
    return units.in_unit(claim["before"], unit), units.in_unit(claim["after"], unit)


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


def sample_size(row: Row) -> SampleSize:
    """Return how much evidence a claim or an effect rests on."""
    n, rounds = row.get("n") or 0, row.get("rounds") or 0
    if not n:
        return SampleSize(UNKNOWN)
    return SampleSize(f"{n:,}", units.counted(rounds, "round") if rounds else "")


def metric(name: str) -> str:
    """Return the name of a metric for people."""
    return title_of(name)


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


def without(row: Effect) -> Effect:
    """Return an effect seen from its other side: from the candidate back to the baseline."""
    turned = {side: 1 / row[other] if row.get(other) else None
              for side, other in (("ratio", "ratio"), ("low", "high"), ("high", "low"))}  # fmt: skip
    return {**row, **turned, "before": row["after"], "after": row["before"]}
