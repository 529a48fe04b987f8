"""The nouns of a run's results: an effect, a claim's result, a finding, an attribution.

`as_dict` returns a row of summary.json (schema 2) with plain values only; `of` reads such a row, also one of schema 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal

EffectVerdict = Literal["better", "worse", "equivalent", "inconclusive"]
ClaimVerdict = Literal["supported", "refuted", "inconclusive", "not measured"]
Severity = Literal["error", "warning", "info"]

# Keys of schema 1, by their names of today; and classes of today, by their names in schema 1.
KEYS_OF_SCHEMA_1 = {
    "statistically_significant": "seen",
    "practically_significant": "material",
    "mde": "blind_to",
    "from_baseline": "alone",
    "leave_one_out": "last",
    "shapley_share": "share",
}
CLASSES_OF_SCHEMA_1 = {"leaked": "cross_user_leak"}

# How many Steps a finding names.
MAX_STEPS = 20
# What stands between the factors of an interaction.
JOINED_BY = " x "
# The estimates of a single factor, and the fields of each record that are an Estimate.
FACTOR_ESTIMATES = ("from_baseline", "leave_one_out", "shapley", "whole")
ESTIMATES = {"ClaimResult": ("ratio",), "Attribution": (*FACTOR_ESTIMATES, "together")}


@dataclass(frozen=True, slots=True)
class Effect:
    """The difference between two cells by one metric.

    Attributes:
        endpoint: An endpoint's name, ALL, or a part of the mix.
        metric: The metric's name, whose unit `before`, `after` and `difference` have.
        statistic: What is compared: mean, p50, ..., geomean; paired_median has no levels.
        contrast: The name of the cells that are compared, see cells.Contrast.
        before: The statistic in the baseline.
        after: The statistic in the candidate.
        ratio: after / before.
        difference: after - before.
        low: The lower end of the ratio's interval.
        high: The upper end of the ratio's interval.
        n: How many pairs of requests it is based on.
        rounds: How many rounds it is based on.
        verdict: The result of comparing the interval with the margin.
        statistically_significant: Whether the change can be distinguished from noise; None if unknown.
        practically_significant: Whether the whole interval lies beyond the margin; None if unknown.
        mde: The minimum detectable effect, a relative change (power 80%).
        p_value: The probability of such data if there were no change.
        p_adjusted: The same, adjusted by Holm for the family.
        family: How many comparisons hold at once.
        scale: `log`, or `linear` where a figure is 0.
        standard_error: Of the ratio, by the jackknife over rounds, on that scale.
        difference_low: The lower end of the difference's interval.
        difference_high: The upper end of the difference's interval.
        left_out: How many requests have no pair.
        note: What is missing, in a sentence; None if nothing is.
        currency: The currency of a cost; None for any other metric.
    """

    endpoint: str
    metric: str
    statistic: str
    contrast: str
    before: float | None = None
    after: float | None = None
    ratio: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    rounds: int = 0
    verdict: EffectVerdict = "inconclusive"
    statistically_significant: bool | None = None
    practically_significant: bool | None = None
    mde: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    family: int | None = None
    scale: str | None = None
    standard_error: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    left_out: int | None = None
    note: str | None = None
    currency: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Effect:
        """Return the effect that a row of summary.json describes."""
        return cls(**_values(cls, row))

    def as_dict(self) -> dict[str, Any]:
        """Return the effect as a row of summary.json; only a cost has a currency."""
        row = _row(self)
        if self.currency is None:
            del row["currency"]
        return row


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with its interval; None for an end that is unknown."""

    estimate: float | None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Estimate:
        """Return the estimate that a mapping describes."""
        return cls(**_values(cls, row))

    def as_dict(self) -> dict[str, Any]:
        """Return the estimate as a mapping."""
        return _row(self)


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """The result of one claim of the scenario in a run.

    Attributes:
        id: The claim's identifier.
        statement: The claim in words.
        metric: What it is about.
        unit: The unit of its figures; None for a plain number.
        direction: `at_least`, `at_most` or `equals`.
        bound: The value that is claimed.
        scope: The endpoints that it is about; None for all.
        claimed: The figures that the scenario quotes.
        before: The metric with all factors off.
        after: The metric with all factors on.
        estimate: The value that is compared with the bound.
        low: The lower end of its interval.
        high: The upper end of its interval.
        n: How many requests it is based on.
        rounds: How many rounds it is based on; 0 for an exact count that needs none.
        verdict: Whether the run supports the claim.
        reason: What is missing or withheld, in a sentence; None if nothing is.
        ratio: after / before with its interval, where the claim is about a reduction (the estimate is 1 - ratio); else None.
    """

    id: str
    statement: str
    metric: str
    unit: str | None
    direction: str
    bound: float
    scope: str | None = None
    claimed: Mapping[str, Any] = field(default_factory=dict)
    before: float | None = None
    after: float | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    rounds: int = 0
    verdict: ClaimVerdict = "not measured"
    reason: str | None = None
    ratio: Estimate | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> ClaimResult:
        """Return the result that a row of summary.json describes."""
        return cls(**_values(cls, row))

    def as_dict(self) -> dict[str, Any]:
        """Return the result as a row of summary.json."""
        return _row(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a run found to be wrong or worth knowing: a sentence for people, and the evidence behind it.

    Attributes:
        kind: Its class, `class` in summary.json: cross_user_leak, stale, index_unused ...
        severity: How bad it is.
        sentence: The finding in words.
        endpoint: The endpoint that it is about; None if it is about none.
        method: That endpoint's HTTP method.
        table: The database table that it is about.
        index: The index that it is about.
        factors: The smallest set of factors that brings it about; empty if it does not depend on them.
        count: How often it was seen.
        steps: The first Steps in which it was seen, each as {round, step}; at most MAX_STEPS.
        example: The first case in full; its keys depend on the class.
    """

    kind: str
    severity: Severity
    sentence: str
    endpoint: str | None = None
    method: str | None = None
    table: str | None = None
    index: str | None = None
    factors: Sequence[str] = ()
    count: int = 1
    steps: Sequence[Any] = ()
    example: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Finding:
        """Return the finding that a row of summary.json describes; classes of schema 1 get their names of today."""
        kind = str(row["class"])
        return cls(**_values(cls, {**row, "kind": CLASSES_OF_SCHEMA_1.get(kind, kind)}))

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as a row of summary.json."""
        row = _row(self)
        return {"class": row.pop("kind"), **row}


@dataclass(frozen=True, slots=True)
class Attribution:
    """How much of the whole change is due to one factor, or to several together.

    Attributes:
        endpoint: ALL, or an endpoint's name.
        metric: The metric's name.
        scale: `log`: estimates are ratios that multiply; `linear`: differences in the metric's unit that add up.
        n: How many Steps it is based on.
        rounds: How many rounds it is based on.
        kind: `factor` or `interaction`.
        factor: The factor's name; for an interaction the names, joined by JOINED_BY.
        from_baseline: The factor switched on where all others are off.
        leave_one_out: The factor added to all others.
        shapley: The factor's Shapley share: the mean over all orders of switching on.
        whole: All factors together.
        shapley_share: The Shapley share relative to the whole; None where the whole is nothing.
        together: The effect of an interaction's factors beyond the effects of its parts.
    """

    endpoint: str
    metric: str
    scale: str
    n: int
    rounds: int
    kind: Literal["factor", "interaction"]
    factor: str
    from_baseline: Estimate | None = None
    leave_one_out: Estimate | None = None
    shapley: Estimate | None = None
    whole: Estimate | None = None
    shapley_share: float | None = None
    together: Estimate | None = None

    @property
    def factors(self) -> list[str]:
        """The names of the factors: one, or those of an interaction."""
        return self.factor.split(JOINED_BY) if self.kind == "interaction" else [self.factor]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Attribution:
        """Return the attribution that a row of summary.json describes."""
        return cls(**_values(cls, row))

    def as_dict(self) -> dict[str, Any]:
        """Return the attribution as a row of summary.json, with the keys of its kind."""
        row = _row(self)
        for name in ("together",) if self.kind == "factor" else (*FACTOR_ESTIMATES, "shapley_share"):
            del row[name]
        return row


def _values(kind: type[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a row has for a record's fields, under their names of today or of schema 1; null is the default."""
    values = {}
    estimates = ESTIMATES.get(kind.__name__, ())
    for each in fields(kind):
        key = each.name if each.name in row else KEYS_OF_SCHEMA_1.get(each.name, each.name)
        required = each.default is MISSING and each.default_factory is MISSING
        if key in row and (row[key] is not None or required):
            values[each.name] = Estimate.of(row[key]) if each.name in estimates else row[key]
    return values


def _row(record: Any) -> dict[str, Any]:
    """Return a record's fields as plain values: lists, dictionaries, and no other records."""
    return {name: _plain(getattr(record, name)) for name in record.__slots__}


def _plain(value: Any) -> Any:
    if isinstance(value, Estimate):
        return value.as_dict()
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, (list, tuple)) else value
