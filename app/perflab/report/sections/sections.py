"""The page's sections, each made from the summary and the run alone: claims, endpoints, switches, method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perflab import units
from perflab.analysis.effects.stopping import AFTER_A_STOP, stopped_early
from perflab.report import parts, sentences, text
from perflab.report.first_page.limits import doubts, limits
from perflab.report.html import Column, Markup, Section, below, element, join, section, table
from perflab.report.sections import mix
from perflab.report.sections.glossary import glossary
from perflab.report.sections.provenance import provenance
from perflab.run.cells import ALL, MIX, WHOLE
from perflab.run.metrics import CPU, title_of
from perflab.run.preregistration import scenario_hash
from perflab.run.scenario import Endpoint
from perflab.run.store import Run

Summary = Mapping[str, Any]


def claims(summary: Summary, run: Run) -> Section:
    """The table of claims: claimed, before, after, change with its interval, n, verdict."""
    columns = [
        Column("Claim"), Column("Claimed"), Column("Before", True), Column("After", True), Column("Found (95% interval)", True),
        Column("n", True), Column("Verdict"),
    ]  # fmt: skip
    rows = [_claim(claim) for claim in summary["claims"]]
    if not rows:
        return section(
            "claims",
            "Claims",
            element("p", "The scenario makes no claim."),
            text="The scenario makes no claim.",
        )
    note = (
        "Before is everything off, after is everything on. A claim is supported when the whole interval lies beyond "
        "its bound, refuted when the whole interval falls short or when answers of its endpoints changed, and inconclusive "
        "otherwise. n counts pairs of the same request in both, or lookups, or answers."
    )
    caption = "What was claimed, and what this run found"
    sealed = _sealed(run)
    return section(
        "claims", "Claims", table(caption, columns, rows, stacked=True), element("p", note, class_="note"),
        element("p", sealed, class_="note sealed") if sealed else None,
        text="\n\n".join([text.claims_table(summary), *([sealed] if sealed else [])]),
    )  # fmt: skip


def _sealed(run: Run) -> str | None:
    """That nobody moved the goalposts, or that somebody did."""
    hash_ = run.meta.get("preregistration")
    if not hash_:
        return None
    since = "they are the same now" if scenario_hash(run.scenario) == hash_ else "they were changed since"
    return f"Claims, margin and traffic were sealed before the first request, and {since}. Their SHA-256 is {hash_}."


def _claim(claim: Mapping[str, Any]) -> list[str | Markup]:
    unit = claim.get("unit") or ""
    judged = f"judged: {sentences.bound(claim)}"
    scope = claim.get("scope")
    small = f"{judged}, {sentences.metric(claim['metric'])}" + (f", {scope}" if scope else "")
    reason = below(claim["reason"]) if claim.get("reason") else None
    return [
        join([element("span", claim["statement"]), below(small), reason]),
        sentences.claimed(claim),
        parts.whole(units.in_unit(claim["before"], unit)),
        parts.whole(units.in_unit(claim["after"], unit)),
        _estimate(claim),
        _sample_size(claim),
        parts.chip(claim["verdict"]),
    ]


def _estimate(claim: Mapping[str, Any]) -> str | Markup:
    found, bracket, interval = sentences.estimate(claim).partition(" (")
    ends = below(interval.removesuffix(")"), whole=True) if bracket else None
    return found if found == units.UNKNOWN else join([element("span", found, class_="whole"), ends])


def _sample_size(claim: Mapping[str, Any]) -> str | Markup:
    n, in_, rounds = sentences.sample_size(claim).partition(" in ")
    return join([n, below(in_.strip() + " " + rounds, whole=True)]) if in_ else n


def endpoints(summary: Summary, run: Run) -> Section:
    """One row per endpoint, everything off against everything on."""
    columns = [
        Column("Endpoint"), Column("Service time", True), Column("Change (95% interval)", True), Column("Service time is"),
        Column("Queries", True), Column("CPU", True), Column("Answers changed", True),
    ]  # fmt: skip
    by_name = {endpoint.name: endpoint for endpoint in run.endpoints}
    rows, lines = [], []
    for row in summary["effects"]:
        if (row["metric"], row["statistic"], row["contrast"]) != ("latency_s", "mean", WHOLE):
            continue
        if not row["n"] or row["endpoint"] in MIX:
            continue
        rows.append(_endpoint(summary, row, by_name.get(row["endpoint"])))
        lines.append(f"{row['endpoint']}: {sentences.levels(row)}, {sentences.change(row)}")
    note = (
        "Means per request. “All requests” is the mean over the traffic as it came, so an endpoint that is asked for often "
        "counts often. A change is the geometric mean of the rounds' ratios, in which each round counts alike; before and after "
        "are means of all requests, so that the two do not divide to it exactly. Better and worse mean that the whole interval "
        "lies on one side of “no change”, equivalent that it lies within "
        f"± {units.percent(float(run.scenario.get('margin', 0.02)), 0)}. "
        "The endpoints are judged together (Holm), and their intervals hold all at once, so that among many none is called "
        "changed by chance more often than in 5% of runs; the test sees a little more than intervals that hold all at once can "
        "show. Blind to: a smaller change would have been missed in one run of five or more. An endpoint that was not asked for "
        "in three rounds has no interval."
    )
    mixed = mix.tables(summary)
    return section(
        "endpoints", "By endpoint", table("Each endpoint, before and after", columns, rows),
        element("p", note, class_="note"), *mixed.parts, text="\n".join([*lines, *mixed.lines]),
    )  # fmt: skip


def _endpoint(summary: Summary, row: Mapping[str, Any], endpoint: Endpoint | None) -> list[str | Markup]:
    name = row["endpoint"]
    path = f"{endpoint.method} {endpoint.path}" if endpoint and endpoint.path else None
    if name == "ALL":
        name, path = "All requests", None
    others = [
        sentences.effect(summary, row["endpoint"], metric)
        for metric in ("query_count", CPU if sentences.effect(summary, ALL, CPU) else "app_cpu_s")
    ]
    same = next(
        (e for e in (summary.get("equivalence") or {}).get("by_endpoint", []) if e["endpoint"] == row["endpoint"]),
        None,
    )
    if row["endpoint"] == "ALL":
        same = summary.get("equivalence")
    return [
        join(
            [
                element("span", name),
                below(path, tag="code") if path else None,
                below(units.counted(row["n"], "request")),
            ]
        ),
        parts.levels(row),
        parts.change_of(row),
        join([parts.chip(row["verdict"]), parts.aside(row)]),
        *(parts.levels(other) if other else units.UNKNOWN for other in others),
        f"{same['changed']:,}" if same and same.get("compared") else units.UNKNOWN,
    ]


def unsaid(summary: Summary, run: Run) -> Section:
    """The box that says what the numbers leave out."""
    said = limits(run)
    items = element("ul", *(element("li", sentence) for sentence in said))
    heading = "What this does not say"
    box = element("section", element("h2", heading, id="limits"), items, class_="box", aria_labelledby="limits")
    return Section(box, "\n".join([heading, "", *(f"- {sentence}" for sentence in said)]))


def contents(below_: Sequence[Section]) -> Section:
    """Where to find what."""
    known = [(one.identifier, one.heading) for one in below_ if one.identifier and one.heading]
    items = [element("li", element("a", title, href=f"#{name}")) for name, title in known]
    heading = element("h2", "Contents", id="contents")
    nav = element("nav", heading, element("ol", *items), aria_labelledby="contents", class_="contents")
    return Section(nav, "")


def method(summary: Summary, run: Run) -> Section:
    """How it was measured, in plain words, and whether the controls held."""
    rounds = run.samples["round"].nunique() if len(run.samples) else 0
    measured = sum(cell["role"] == "treatment" for cell in run.cells)
    switches_ = len(run.factors)
    paragraphs = [
        (
            f"The same traffic was replayed in {measured} cells, one for each combination of the {switches_} switches. Each "
            "cell has a process, a copy of the database and a cache of its own. Service time runs from the call of the "
            "project's WSGI application to the last byte of its answer."
        ),
        (
            "Cells take turns, a few requests each, in an order drawn anew every time, so that a machine that "
            "changes its pace changes it for all alike. A request is compared with the same request in the other cell."
        ),
        (
            f"There were {rounds} rounds, each with new processes, new copies and new traffic. The 95% interval is a t "
            "interval over the rounds; below three rounds there is none."
        ),
        "Every answer was compared with the baseline's answer to the same request.",
        (
            "What a process had loaded before its first measured block is left out of Python's garbage collection (gc.freeze), "
            "as servers do that load the project before they fork."
        ),
    ]
    return section(
        "method", "Method", *(element("p", p) for p in paragraphs), glossary(), text="\n\n".join(paragraphs),
    )  # fmt: skip


def controls(summary: Summary, run: Run) -> Section:
    """Whether the run can be trusted: what its controls found, and what it therefore does not say."""
    found = summary.get("control") or {}
    said = [*(f"No verdict on times: {reason}." for reason in found.get("withheld") or [])]
    for name in ("twin", "canary", "carry_over", "reference"):
        sentence = (found.get(name) or {}).get("sentence")
        said += [str(sentence)] if sentence else []
    if stopped_early(run.meta):
        precision = run.scenario["precision"]
        said.append(
            f"The run stopped after {run.meta['stopped_after']} rounds, before its time was up: "
            f"{title_of(precision['metric'])} was known to {units.percent(precision['within'])}, as its scenario asks. "
            f"Its intervals are made at {units.percent(AFTER_A_STOP, 0)}, so that they hold in 95% of runs in spite of that."
        )
    said = said or ["This run has no controls: nothing says how far its numbers can be trusted."]
    said += doubts(run)
    items = element("ul", *(element("li", sentence) for sentence in said))
    return section("controls", "Can this run be trusted?", items, text="\n".join(f"- {sentence}" for sentence in said))


def origin(summary: Summary, run: Run) -> Section:
    """Provenance, and the command that repeats the run."""
    facts = provenance(run)
    columns = [Column("Fact"), Column("Value")]
    command = str(run.meta.get("command") or "")
    again = [element("h3", "The same again"), element("pre", element("code", command), tabindex="0")] if command else []
    files = "The same as data: summary.json beside this page, and every request in samples/."
    return section(
        "provenance", "Provenance", table("Where these numbers come from", columns, facts), *again,
        element("p", files, class_="note"),
        text="\n".join([*(f"{name}: {value}" for name, value in facts), *([f"Again: {command}"] if command else [])]),
    )  # fmt: skip
