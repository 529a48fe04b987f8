"""What to do about switches: each by what it does on top of all others, and the reads that it makes slower."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perflab import units
from perflab.analysis.database.indexes import droppable
from perflab.report import estimates, lookup, sentences
from perflab.report.first_page.action import MAX_NAMED, Action, Factor, apart_s
from perflab.run.cells import MISSES, WRITES, contrast_name
from perflab.run.records import Effect
from perflab.run.scenario import cache_factors, code_factors, index_factors, writing_endpoints
from perflab.run.store import Run
from perflab.run.summary import Summary

QUERIES = "query_count"


def slower_reads(summary: Summary, run: Run, factors: Sequence[Factor]) -> Iterator[Action]:
    """Yield reads that a switch makes slower on top of all others; it is expected that indexes slow writes down.

    Args:
        summary: The run's summary.
        run: The run.
        factors: The scenario's factors.
    """
    writing, cached = writing_endpoints(run.scenario), cache_factors(run.scenario)
    code = code_factors(run.scenario)
    slower = [
        (effect.low, effect, factor)
        for factor in factors
        for effect in lookup.by_endpoint(summary, contrast=contrast_name("leave-one-out", str(factor["name"])))
        if effect.verdict == "worse" and effect.endpoint not in writing and effect.low is not None
    ]
    slower.sort(key=lambda entry: -entry[0])
    for _, effect, factor in slower[:MAX_NAMED]:
        name, endpoint = factor["name"], effect.endpoint
        what = f"Exclude {endpoint} from ‘{name}’" if name in cached else f"Check the effect of ‘{name}’ on {endpoint}"
        if name in code:
            what = f"Find out why {endpoint} got slower"
        share = sentences.share(summary, run, [endpoint])
        others = ", and all other switches on" if len(factors) > 1 else ""
        gain = f"with it{others}, the endpoint takes {estimates.paced(effect)}, {estimates.levels(effect)}" + (
            f"; {share}" if share else ""
        )
        part = lookup.part_of(summary, run, [endpoint])
        saves_s = None if part is None else part * apart_s(effect)
        yield Action(what, gain, "endpoints", saves_s=saves_s)
    if len(slower) > MAX_NAMED:
        number = units.counted(len(slower) - MAX_NAMED, "more endpoint")
        yield Action(
            f"Check {number} that a switch makes slower", "summary.json has the effects", "endpoints", saves_s=0.0
        )


def switches(summary: Summary, run: Run, factors: Sequence[Factor]) -> Iterator[Action]:
    """Yield what to keep, what to remove, and what is undecided, by what each switch does on top of all others.

    Args:
        summary: The run's summary.
        run: The run.
        factors: The scenario's factors.
    """
    can_go, dropping = len(droppable(summary.indexes)), index_factors(run.scenario)
    code = code_factors(run.scenario)  # nobody switches that off: the page begins with what it changes
    for factor in [factor for factor in factors if factor["name"] not in code]:
        effect = lookup.effect(summary, contrast=contrast_name("leave-one-out", str(factor["name"])))
        if effect is not None:
            yield _switch(summary, factor, effect, can_go if factor["name"] in dropping else 0)


def _switch(summary: Summary, factor: Factor, effect: Effect, can_go: int) -> Action:
    """The action for one switch; `can_go` is how many of its indexes can be dropped."""
    name = f"‘{factor['name']}’"
    without, separator = "without it", ": "
    queries = lookup.effect(summary, metric=QUERIES, contrast=effect.contrast)
    if effect.verdict == "better" and can_go:
        what = f"Keep {name}, except for the {'index' if can_go == 1 else f'{can_go} indexes'} to drop"
        without = "without any of its indexes"
    elif effect.verdict == "better":
        what = f"Keep {name}"
    elif effect.verdict == "worse":
        what = f"Switch off {name}"
    elif effect.verdict in ("equivalent", "inconclusive") and queries is not None and queries.verdict == "better":
        time = (
            "and no time here" if effect.verdict == "equivalent" else "and this run cannot tell whether it saves time"
        )
        what = f"{name} saves queries, {time}: keep it where the database is farther away"
        more = estimates.change(estimates.reverse(queries))
        without, separator = f"Without it, requests would make {more.value} queries", ". "
    elif effect.verdict == "equivalent":
        what = f"No practical effect: {name} changes service time by less than the margin; remove it"
        without, separator = "Without it", ". "
    else:
        what = f"Undecided: this run cannot tell whether {name} helps; measure longer or decide on other grounds"
        without, separator = "Without it", ". "
    pace = estimates.paced(estimates.reverse(effect))
    gain = f"{without}{' and' if 'queries' in without else ', requests would'} take {pace}{_costs(summary, str(factor['name']))}"
    saves_s = apart_s(effect) if effect.verdict in ("better", "worse") else 0.0
    return Action(what, gain, "switches", factor.get("effort"), separator, saves_s)


def _costs(summary: Summary, factor: str) -> str:
    """Where a switch makes something slower, besides what it does on average."""
    costs = []
    for group, name in ((WRITES, "writes"), (MISSES, "cache misses")):
        effect = lookup.effect(summary, group, contrast=contrast_name("leave-one-out", factor))
        if effect is not None and effect.verdict == "worse":
            costs.append(f"{name} take {estimates.paced(effect)}")
    return f"; with it, {' and '.join(costs)}" if costs else ""
