"""Sentences: what a summary's numbers mean in plain words. Nothing here computes; each sentence carries its figures.

The verdict comes in parts, and is joined where it is displayed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from perflab import units
from perflab.report import estimates, lookup
from perflab.run.cells import ALL
from perflab.run.records import Attribution, ClaimResult, Estimate
from perflab.run.summary import Summary
from perflab.run.writer import ending

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
    claims, nothing = _claims(summary.claims), _no_gain(summary)
    if nothing:
        words = claims.partition(": ")[2] or claims  # the first sentence has the answer
        sentences = [*_changed(summary), nothing, words[0].upper() + words[1:], *_unchanged(summary)]
    else:
        sentences = [*_changed(summary), claims, *_never_asked(summary), *_service_time(summary), *_unchanged(summary)]
    return Verdict(sentences[0], tuple(sentences[1:]))


def _changed(summary: Summary) -> list[str]:
    same = summary.equivalence
    if not same.get("changed"):
        return []
    return [f"Responses changed: {same['changed']:,} of {same.get('compared') or 0:,} differ from the baseline's."]


def _no_gain(summary: Summary) -> str | None:
    """`No: nothing got faster (...), and the cache is never asked.`; None where something did, or all claims hold."""
    whole, measured = (
        lookup.effect(summary),
        [claim.verdict for claim in summary.claims if claim.verdict != "not measured"],
    )
    if whole is None or lookup.withheld(summary) or (measured and set(measured) == {"supported"}):
        return None
    if any(effect.verdict == "better" for effect in [whole, *lookup.by_endpoint(summary)]):
        return None
    asked = ", and the cache is never asked" if _never_asked(summary) else ""
    if whole.verdict in ("worse", "equivalent"):
        return f"No: nothing got faster (mean service time {estimates.moved(whole)}){asked}."
    return f"No gain was measured (mean service time {estimates.moved(whole)}){asked}." if asked else None


def _never_asked(summary: Summary) -> list[str]:
    """That no request looked anything up, of a project that caches by what it declares, stores or deletes."""
    cache = lookup.cache_of_all(summary)
    return ["The cache is never asked."] if cache is not None and cache.get("gets") == 0 else []


def _unchanged(summary: Summary) -> list[str]:
    same = summary.equivalence
    if same.get("changed"):
        return []
    other_cells = [str(row["cell"]) for row in same.get("by_cell") or [] if row["changed"]]
    if other_cells:
        cells = "the cell" if len(other_cells) == 1 else "the cells"
        names = units.listed([f"‘{name}’" for name in other_cells])
        return [f"Responses changed in {cells} {names}, but not with everything on."]
    compared = same.get("compared") or 0
    return [f"All {compared:,} responses with everything on are unchanged."] if compared else []


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

    `4.3× faster = 3.4 (queries) × 1.2 (caching). With all other switches on, requests would take 3.4 times as long
    without ‘queries’`.
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
    return f"{size} = {product}. With all other switches on, requests would take {without}."


def _switched_off(row: Attribution) -> str:
    """How much longer requests take without a factor."""
    ratio = estimate_of(row.leave_one_out)
    uncertain = "" if is_certain(row.leave_one_out) else " (not significant)"
    return f"{estimates.pace(1 / ratio) if ratio else units.UNKNOWN} without ‘{row.factor}’{uncertain}"


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
        number, pace = len(row.factors), estimates.pace(together.estimate)
        on = f"{'only ' if number < factors else ''}{units.listed(row.factors)}"
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


def share(summary: Summary, endpoint: str) -> str:
    """Return how much of the traffic an endpoint is, `1% of requests`; empty where that is unknown."""
    n, of_all = lookup.requests(summary, endpoint), lookup.requests(summary, ALL)
    return f"{units.percent(n / of_all, 0 if n >= 0.01 * of_all else 1)} of requests" if n and of_all else ""


def all_or(endpoint: str) -> str:
    """Return an endpoint's name, or `All requests` for all of them."""
    return "All requests" if endpoint == ALL else endpoint
