"""Sentences: what a summary's numbers mean in plain words. Nothing here computes; each sentence carries its figures.

The verdict comes in parts, and is joined where it is displayed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from perflab import units
from perflab.report import estimates, lookup
from perflab.report.first_page.spent import spent
from perflab.run.cells import ALL
from perflab.run.metrics import metric_of
from perflab.run.records import Attribution, ClaimResult, Estimate
from perflab.run.scenario import endpoint_weights
from perflab.run.store import Run
from perflab.run.summary import Summary
from perflab.run.writer import ending

NEVER_ASKED = ", and the cache is never used"
# What together predicts the effect of so many factors, apart from what they do only together.
PREDICTED = {2: "the product of their separate effects", 3: "their separate and pairwise effects"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a run: the sentence that matters most, and the others."""

    first: str
    rest: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.first, *self.rest])


def verdict(summary: Summary, status: str) -> Verdict:
    """Return the outcome of a run, the most important sentence first.

    Args:
        summary: The run's summary.
        status: The run's status; a verdict is drawn from a complete run only.
    """
    if status != "complete":
        return Verdict(f"No verdict: the run {ending(status)}, so no conclusion can be drawn from it.")
    if summary.levels:  # nothing was compared
        first, *rest = spent(summary) or ["Nothing was measured."]
        return Verdict(first, tuple(rest))
    claims, nothing = _claims(summary.claims), _no_gain(summary)
    if not summary.claims and lookup.effect(summary) is not None:  # the question is what the switches do
        usual = [nothing] if nothing else [_unclear(summary, sentence) for sentence in _service_time(summary)]
        times = [*_typical(summary), *_service_time(summary)] if lookup.typical(summary) else usual
        sentences = [*_changed(summary), *times, *_queries(summary), *_unchanged(summary)]
    elif nothing:
        words = claims.partition(": ")[2] or claims  # the first sentence has the answer
        sentences = [*_changed(summary), nothing, words[0].upper() + words[1:], *_unchanged(summary)]
    else:
        of_claims = f"{claims.removesuffix('.')}{NEVER_ASKED}." if lookup.never_asked(summary) else claims
        sentences = [*_changed(summary), of_claims, *_service_time(summary), *_unchanged(summary)]
    return Verdict(sentences[0], tuple(sentences[1:]))


def _changed(summary: Summary) -> list[str]:
    same = summary.equivalence
    if not same.get("changed"):
        return []
    return [f"Responses changed: {same['changed']:,} of {same.get('compared') or 0:,} differ from the baseline's."]


def _no_gain(summary: Summary) -> str | None:
    """`No: nothing got faster (...), and the cache is never used.`; None where something did, or claims of a gain hold."""
    whole, verdicts = lookup.effect(summary), [claim.verdict for claim in summary.claims]
    measured = [verdict for verdict in verdicts if verdict != "not measured"]
    if whole is None or lookup.withheld(summary) or (measured and set(measured) == {"supported"}):
        return None
    if any(effect.verdict == "better" for effect in [whole, *lookup.by_endpoint(summary)]):
        return None
    if any(claim.verdict == "supported" and _is_of_a_gain(claim) for claim in summary.claims):
        return None
    unused_cache = NEVER_ASKED if lookup.never_asked(summary) else ""
    moved = estimates.moved(whole).replace(" (", ", ").removesuffix(")")  # it stands in brackets itself
    if whole.verdict in ("worse", "equivalent"):
        return f"No: nothing got faster (mean service time {moved}){unused_cache}."
    if unused_cache or "supported" in verdicts:
        return f"No gain was measured (mean service time {moved}){unused_cache}."
    return None


def _is_of_a_gain(claim: ClaimResult) -> bool:
    """Whether a claim is that something gets better, and not about a number of things or how much worse it may get."""
    return claim.direction == "at_least" and claim.bound > 0 and metric_of(claim.metric).kind in ("reduction", "ratio")


def _unchanged(summary: Summary) -> list[str]:
    same = summary.equivalence
    if same.get("changed"):
        return []
    other_cells = [str(row["cell"]) for row in same.get("by_cell") or [] if row["changed"]]
    if other_cells:
        cells = "the cell" if len(other_cells) == 1 else "the cells"
        names = units.quoted(other_cells)
        return [f"Responses changed in {cells} {names}, but not with everything on."]
    compared = same.get("compared") or 0
    where = "in the new revision" if lookup.typical(summary) else "with everything on"
    return [f"All {compared:,} compared responses {where} are unchanged."] if compared else []


def counted_by_n(*, with_cache: bool) -> str:
    """Return what the column n of the claims counts.

    Args:
        with_cache: Whether the run has a cache whose lookups may be counted.
    """
    lookups = "cache lookups, " if with_cache else ""
    return (
        f"n counts pairs of the same request in both cells, {lookups}responses, or (for repeated queries) check requests; for a "
        "number of indexes it is 1."
    )


def sizes(summary: Summary) -> str:
    """Return how many requests of all endpoints times and comparisons rest on; empty where that is unknown."""
    whole, compared = lookup.effect(summary), summary.equivalence.get("compared") or 0
    if whole is None or not whole.n or not compared:
        return ""
    return (
        f"Over all endpoints, times rest on {whole.n:,} measured requests. {compared:,} responses were compared: the measured "
        "ones, and those of the warm-up that the baseline also replayed. A claim covers only the endpoints in its scope; audited "
        "endpoints are marked `audited` in the scenario."
    )


def _service_time(summary: Summary) -> list[str]:
    """`Mean service time fell by 66.5%, from 14.1 ms to 4.75 ms`, or why nothing is concluded from times."""
    reasons = lookup.withheld(summary)
    if reasons:
        return [f"No verdict on times: {'; '.join(reasons)}."]
    whole = lookup.effect(summary)
    if whole is None:
        return []
    before, after = (units.seconds(level) for level in (whole.before, whole.after))
    return [f"Mean service time {estimates.moved(whole)}, from {before} to {after}."]


def _typical(summary: Summary) -> list[str]:
    """`A typical request takes 5.3% more time (4.7 to 5.9%).`, which is said of two revisions only."""
    whole = lookup.typical(summary).get(ALL)
    if whole is None or lookup.withheld(summary):
        return []
    sentence = f"typical request takes {estimates.paced(whole)}."
    lead = {"inconclusive": "No clear difference: a ", "equivalent": "No difference: a "}.get(whole.verdict, "A ")
    return [f"{lead}{sentence}"]


def _unclear(summary: Summary, sentence: str) -> str:
    """Return the sentence about service time, which begins with that where nothing is clear."""
    whole = lookup.effect(summary)
    is_unclear = whole is not None and whole.verdict == "inconclusive" and not lookup.withheld(summary)
    return f"No clear difference: {sentence[0].lower()}{sentence[1:]}" if is_unclear else sentence


def _queries(summary: Summary) -> list[str]:
    """`Queries per request fell by 19.5% (18.6 to 20.4%), from 3.96 to 3.19`, where it is certain that they did either."""
    effect = lookup.effect(summary, metric="query_count")
    if effect is None or effect.verdict not in ("better", "worse"):
        return []
    before, after = (units.significant(level) for level in (effect.before or 0.0, effect.after or 0.0))
    return [f"Queries per request {estimates.moved(effect)}, from {before} to {after}."]


def _claims(claims: Sequence[ClaimResult]) -> str:
    if not claims:
        return "The scenario makes no claim."
    counts = Counter(claim.verdict for claim in claims)
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


def attribution(summary: Summary) -> str | None:
    """Return the whole gain as a product and what switching each factor off would cost; None where it is unknown.

    `4.3× faster, shared among the switches as 3.4 (queries) × 1.2 (caching). With all other switches on, requests would take
    3.9 times as long without ‘queries’`.
    """
    rows = lookup.shares(summary)
    if not rows or lookup.withheld(summary) or rows[0].scale != "log":
        return None
    whole = estimate_of(rows[0].whole)
    if not whole:
        return None
    size = f"{units.significant(1 / whole)}× faster" if whole <= 1 else f"{units.significant(whole)}× slower"
    ratios = [(row.factor, estimate_of(row.shapley)) for row in rows]
    product = " × ".join(
        f"{units.significant(1 / ratio if whole <= 1 else ratio)} ({name})" for name, ratio in ratios if ratio
    )
    without = units.listed([_switched_off(row) for row in rows])
    return f"{size}, shared among the switches as {product}. With all other switches on, requests would take {without}."


def _switched_off(row: Attribution) -> str:
    """How much longer requests take without a factor."""
    with_it = row.leave_one_out
    uncertain = "" if is_certain(with_it) else " (not significant)"
    if with_it is None or not with_it.estimate:
        return f"{units.UNKNOWN} without ‘{row.factor}’{uncertain}"
    low, high = (1 / end if end else None for end in (with_it.high, with_it.low))
    return f"{estimates.pace(1 / with_it.estimate, low, high)} without ‘{row.factor}’{uncertain}"


def estimate_of(estimate: Estimate | None) -> float | None:
    """Return the figure of an estimate; None where there is none."""
    return None if estimate is None else estimate.estimate


def is_certain(estimate: Estimate | None) -> bool:
    """Return whether the interval of a ratio excludes no change."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return False
    return estimate.low > 1 or estimate.high < 1


def interactions(summary: Summary) -> list[str]:
    """Return what factors do together beyond the effects of fewer of them, where that is significant."""
    sentences, factors = [], len(lookup.shares(summary))
    for row in lookup.interactions(summary):
        together = row.together
        if together is None or together.estimate is None or not is_certain(together):
            continue
        number, pace = len(row.factors), estimates.pace(together.estimate, together.low, together.high)
        on = f"{'only ' if number < factors else ''}{units.quoted(row.factors)}"
        interval = estimates.relative(together.estimate, together.low, together.high).interval
        sentences.append(
            f"With {on} on, requests take {pace} {'than' if '%' in pace else 'as'} "
            f"{PREDICTED.get(number, 'the effects of fewer of them')} {'predicts' if number == 2 else 'predict'} ({interval})."
        )
    return sentences


def spread(summary: Summary) -> str:
    """Return how many endpoints gained, and which one regressed most, or else which significant gain is the smallest.

    An endpoint without a verdict is not named: neither a gain nor a regression is certain.
    """
    rows = lookup.by_endpoint(summary)
    better, worse = ([row for row in rows if row.verdict == word] for word in ("better", "worse"))
    sentence = f"{len(better)} of {len(rows)} endpoints got faster, {len(worse)} slower."
    if worse:
        last = max(worse, key=lambda row: row.low or 0.0)
        return f"{sentence} Worst regression: {last.endpoint} takes {estimates.paced(last)}."
    if better:
        last = max(better, key=lambda row: row.ratio or 0.0)
        return f"{sentence} Smallest significant gain: {last.endpoint} takes {estimates.paced(last)}."
    return sentence


def share(summary: Summary, run: Run, endpoints: Sequence[str]) -> str:
    """Return how much of the traffic endpoints are, by the scenario's weights: `9.18% of the traffic`.

    Where the scenario has no weights it is their share of the measured requests. Empty where that is unknown, too.

    Args:
        summary: The run's summary.
        run: The run.
        endpoints: The endpoints' names.
    """
    part = lookup.part_of(summary, run, endpoints)
    if part is None:
        return ""
    weighted = set(endpoints) <= set(endpoint_weights(run.scenario) or {})
    return f"{part * 100:.3g}% of the {'traffic' if weighted else 'measured requests'}"


def all_or(endpoint: str) -> str:
    """Return an endpoint's name, or `All requests` for all of them."""
    return "All requests" if endpoint == ALL else endpoint
