"""Metrics: everything that a claim or an effect can be about, each declared once.

A column of the samples that is a number is a metric by itself. The others are declared here; where a claim can be about
one, its meter, which computes the value from a run, is the module of its name in analysis/meters/.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from perflab.run.tables import MEASURED, SAMPLE_COLUMNS

# The meaning of a claim's bound: the relative reduction of a mean, a share, a number of things, or a ratio of two levels.
Kind = Literal["reduction", "share", "count", "ratio"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `unit` is that of its value, `title` what people call it.

    `more_is_better` means that an increase is a gain; `timed` that it depends on the machine's speed; `effect` that cells are
    compared by it; `exact` that a count holds whatever was measured beside it; `needs_requests` that it has no value without
    requests in the scope of the claim. `parts` are the columns that it is the sum of. Claims can be about it only if it is
    `claimable`; `not_measured` gives the reason where nothing measures it all the same.
    """

    name: str
    kind: Kind
    unit: str | None
    title: str
    more_is_better: bool = False
    timed: bool = False
    effect: bool = False
    exact: bool = False
    needs_requests: bool = True
    parts: tuple[str, ...] = ()
    claimable: bool = True
    not_measured: str | None = None


CPU_METRICS = ("app_cpu_s", "db_cpu_s", "cache_cpu_s")
# All processor time of a request; unknown where a part is.
CPU = "cpu_s"
# A statistic without levels: the median over requests of the ratio of the same request in two cells.
PAIRED_MEDIAN = "paired_median"
# `cpu_s` at the scenario's price of an hour of processor time.
COST = "cost_per_million"

_SUMS = (
    Metric(CPU, "reduction", "s", "total CPU", timed=True, effect=True, parts=CPU_METRICS, claimable=False),
)  # fmt: skip
_DERIVED = (
    Metric(COST, "reduction", None, "cost of a million requests", timed=True, claimable=False),
    Metric("cache_hit_rate", "share", "share", "cache hit rate", more_is_better=True),
    Metric("served_from_cache", "share", "share", "requests served from the cache", more_is_better=True),
    Metric("capacity_users", "ratio", "users", "capacity", more_is_better=True, timed=True),
    Metric("repeated_queries", "count", "patterns", "query patterns repeated in a request", exact=True),
    Metric("changed_responses", "count", "responses", "changed responses", exact=True),
    Metric("stale_responses", "count", "responses", "stale responses", exact=True),
    Metric("index_count", "count", "indexes", "indexes added", exact=True, needs_requests=False),
)  # fmt: skip


# Former names of metrics, as older scenario files and saved runs have them.
FORMER_NAMES = {"changed_answers": "changed_responses", "stale_answers": "stale_responses"}


def current_name(name: str) -> str:
    """Return today's name of a metric."""
    return FORMER_NAMES.get(name, name)


def in_words(name: str) -> str:
    """Return a name with spaces, in the place of a missing title."""
    return name.replace("_", " ")


def _declared() -> Iterator[Metric]:
    """Yield the measured columns in order, a sum before the first of its parts, and then the derived metrics."""
    for column in SAMPLE_COLUMNS:
        yield from (total for total in _SUMS if total.parts[0] == column.name)
        if column.name in MEASURED:
            yield Metric(
                column.name,
                "reduction",
                column.unit,
                column.title or in_words(column.name),
                more_is_better=column.more_is_better,
                timed=column.timed,
                effect=column.effect,
            )
    yield from _DERIVED


METRICS = {metric.name: metric for metric in _declared()}
CLAIM_METRICS = tuple(name for name, metric in METRICS.items() if metric.claimable)
EFFECT_METRICS = tuple(name for name, metric in METRICS.items() if metric.effect)
# The metrics that count things: whole numbers.
COUNTED = frozenset(
    column.name for column in SAMPLE_COLUMNS if column.name in MEASURED and column.dtype.startswith("int")
)
SUMS = {name: metric.parts for name, metric in METRICS.items() if metric.parts}


def metric_of(name: str) -> Metric:
    """Return a metric by its present or former name; for a name that is unknown here, a metric without a unit."""
    return METRICS.get(current_name(name)) or Metric(name, "count", None, in_words(name), claimable=False)


def unit_of(name: str) -> str:
    """Return the unit of a metric, as `units.in_unit` takes it; empty where it has none."""
    return metric_of(name).unit or ""


def title_of(name: str) -> str:
    """Return what people call a metric."""
    return metric_of(name).title
