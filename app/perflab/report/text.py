"""The report as text: a table for the terminal, and summary.md for a CI job's summary."""

from __future__ import annotations

from collections.abc import Sequence

from perflab import units
from perflab.errors import clean
from perflab.report import estimates, lookup, sentences
from perflab.report.first_page import actions
from perflab.report.first_page.headlines import headlines
from perflab.report.first_page.highlights import highlights
from perflab.report.first_page.limitations import limitations
from perflab.report.first_page.spent import level
from perflab.report.parts import by_test_alone, with_sign
from perflab.report.sections.provenance import provenance
from perflab.run.records import Effect
from perflab.run.scenario import factor_texts
from perflab.run.store import Run
from perflab.run.summary import Summary

MAX_WIDTH = 44
BY_TEST = (
    "All endpoints are tested together, by Holm's test. It is slightly more sensitive than the intervals, so a verdict can be "
    "“better” or “worse” although the interval includes “no change”."
)


def claims_table(summary: Summary, width: int | None = None) -> str:
    """Return the claims with their verdicts, in aligned columns.

    Args:
        summary: The run's summary.
        width: The terminal's width; where the columns do not fit, each claim has a line below it instead.
    """
    head = ("claim", "before", "after", "estimate (95% interval)", "verdict")
    rows = [
        (cut(claim.statement), *estimates.claim_levels(claim), str(estimates.estimate(claim)), claim.verdict)
        for claim in summary.claims
    ]
    if not rows:
        return "The scenario makes no claim."
    lines = units.aligned([head, *rows])
    line_width = max(map(len, lines))
    if width is not None and line_width > width:
        statements = [cut(claim.statement, width) for claim in summary.claims]
        return "\n".join(
            f"{statement}\n    {_below(*row[1:])}" for statement, row in zip(statements, rows, strict=True)
        )
    return "\n".join([lines[0], "-" * line_width, *lines[1:]])


def _below(before: str, after: str, measured: str, verdict: str) -> str:
    """`refuted · 14.2 ms → 4.58 ms · 68.1% less (63.5 to 72.2%)`; what is unknown is left out."""
    levels = "" if before == after == units.UNKNOWN else f"{before} → {after}"
    return " · ".join(part for part in (verdict, levels, measured) if part not in ("", units.UNKNOWN))


def cut(text: str, max_width: int = MAX_WIDTH) -> str:
    """Return a text for a column of a terminal: clean, on one line, and shortened at its end.

    Args:
        text: The text.
        max_width: The number of characters that fit.
    """
    return units.cut(clean(text), max_width)


def markdown(summary: Summary, run: Run) -> str:
    """Return summary.md: verdict, headline figures, findings, actions, switches, claims, endpoints, limitations, provenance.

    Args:
        summary: The run's summary.
        run: The run that it is about.
    """
    title = str(run.scenario.get("title") or run.scenario_name)
    origin = provenance(run, with_cache=lookup.uses_cache(summary, run))
    facts = "\n".join(f"- {_plain(name)}: {_plain(value)}" for name, value in origin)
    parts = [
        f"# {_plain(title)}",
        f"**{_plain(summary.verdict or '')}**",
        _headlines(summary) if run.complete else "",
        *_list("What stands out", [each.sentence for each in highlights(summary, run)] if run.complete else []),
        *_list("What to do", actions.lines(summary, run)),
        *_list("Switches", [f"‘{name}’ ({text})" for name, text in factor_texts(run.scenario).items()]),
        *_section("Claims", _claims(summary)),
        _notes(summary, run) if summary.claims else "",
        *_section("By endpoint", _endpoints(summary)),
        BY_TEST if any(by_test_alone(effect) for effect in lookup.by_endpoint(summary)) else "",
        _without_interval(summary),
        *_list("Limitations", limitations(run)),
        *_section(
            "Provenance", f"<details>\n<summary>Where these numbers come from</summary>\n\n{facts}\n\n</details>"
        ),
    ]
    if run.meta.get("command"):
        parts += ["Reproduce this run:", f"    {' '.join(str(run.meta['command']).split())}"]
    return "\n\n".join(part for part in parts if part) + "\n"


def _headlines(summary: Summary) -> str:
    if summary.levels:
        alone = [
            (
                f"{each.name} ({each.more})" if each.more else each.name,
                each.after,
                each.change.interval or units.UNKNOWN,
            )
            for each in headlines(summary)
        ]
        return _table(("", "Measured", "95% interval"), alone)
    rows = []
    for headline in headlines(summary):
        change, claim = headline.change, headline.claim
        verdict = (claim.statement, headline.measured, with_sign(claim.verdict)) if claim else ("", "", "")
        if change.value:
            levels = (headline.before, headline.after, str(change))
        else:  # a rate of its own, without a change: the interval is the rate's
            levels = (headline.before, str(estimates.EstimateText(headline.after, change.interval)), units.UNKNOWN)
        name = f"{headline.name} ({headline.more})" if headline.more else headline.name
        rows.append((name, *levels, *verdict))
    heads = (
        "",
        "Everything off",
        "Everything on",
        "Change (95% interval)",
        "Claim",
        "Measured for the claim",
        "Verdict",
    )
    return _table(heads, rows)


def _claims(summary: Summary) -> str:
    rows = [
        (claim.statement, estimates.claimed(claim), *estimates.claim_levels(claim), str(estimates.estimate(claim)),
         str(estimates.sample_size(claim)), with_sign(claim.verdict))
        for claim in summary.claims
    ]  # fmt: skip
    return _table(("Claim", "Claimed", "Before", "After", "Estimate (95% interval)", "n", "Verdict"), rows)


def _notes(summary: Summary, run: Run) -> str:
    """What the claims' figures rest on."""
    counted = sentences.counted_by_n(with_cache=lookup.uses_cache(summary, run))
    return _plain(f"{counted} {sentences.sizes(summary)}")


def _endpoints(summary: Summary) -> str:
    if summary.levels:
        ordered = sorted(lookup.levels(summary), key=lambda row: -(row.get("share") or 0.0))
        alone = [
            (row["endpoint"], units.percent(row.get("share"), 0), str(level(row)),
             level(lookup.level(summary, row["endpoint"], "query_count")).value)
            for row in ordered
        ]  # fmt: skip
        return _table(("Endpoint", "Share of the time", "Service time (95% interval)", "Queries"), alone)
    rows = [
        (sentences.all_or(effect.endpoint), estimates.levels(effect), str(estimates.change(effect)),
         _queries(summary, effect.endpoint), _verdict(effect))
        for effect in lookup.by_endpoint(summary, with_all=True)
    ]  # fmt: skip
    return _table(("Endpoint", "Service time", "Change (95% interval)", "Queries", "Verdict"), rows)


def _without_interval(summary: Summary) -> str:
    """The reasons why endpoints have no interval, each with its endpoints; empty where all have one."""
    names: dict[str, list[str]] = {}
    for effect in lookup.by_endpoint(summary, with_all=True):
        if effect.low is None and effect.note:
            names.setdefault(effect.note, []).append(sentences.all_or(effect.endpoint))
    return "\n".join(f"- {_plain(f'No interval for {units.listed(each)}: {note}')}" for note, each in names.items())


def _verdict(effect: Effect) -> str:
    text = with_sign(effect.verdict)
    return f"{text}, by Holm's test" if by_test_alone(effect) else text


def _queries(summary: Summary, endpoint: str) -> str:
    effect = lookup.effect(summary, endpoint, "query_count")
    return estimates.levels(effect) if effect else units.UNKNOWN


def _section(heading: str, body: str) -> list[str]:
    return [f"## {heading}", body] if body else []


def _list(heading: str, lines: Sequence[str]) -> list[str]:
    return _section(heading, "\n".join(f"- {_plain(line)}" for line in lines))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; empty without rows."""
    if not rows:
        return ""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(_plain(cell) for cell in line) + " |" for line in lines)


def _plain(text: str) -> str:
    """Text that is not markup, whatever a scenario's author wrote."""
    escaped = "".join(f"\\{c}" if c in "\\`*_[]<>|#&~$" else c for c in str(text))
    return " ".join(escaped.split())
