"""The index study: what each index costs and is used for, and whether the system could do without it.

Structure tells which indexes are redundant, the run which of them its traffic used. Rounds of the study's own compare all_on
with all_on without the redundant or unused ones, all at once, and without each of the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from perflab import units
from perflab.analysis.database.plan import indexes_of
from perflab.analysis.database.structure import overlaps
from perflab.analysis.effects.effects import compare
from perflab.analysis.effects.table import of_table
from perflab.analysis.stats.pairs import Pairs
from perflab.analysis.stats.values import plain
from perflab.run.cells import ALL, BASELINE, OPTIMISED, WITHOUT, WITHOUT_CANDIDATES
from perflab.run.indexes import Index
from perflab.run.scenario import fullest_cell, writing_endpoints
from perflab.run.tables import rows_where

METRIC = "latency_s"
MEASURED = ("reads", "writes", "durable_writes", "wal_per_write", "changed")
EFFECT = (
    "metric",
    "ratio",
    "difference",
    "low",
    "high",
    "before",
    "after",
    "n",
    "rounds",
    "verdict",
    "statistically_significant",
)


def ledger(
    catalogue: Mapping[str, Any],
    usage: pd.DataFrame,
    plans: pd.DataFrame,
    samples: pd.DataFrame,
    counters: pd.DataFrame,
    scenario: Mapping[str, Any],
    confidence: float = 0.95,
    margin: float = 0.02,
    nondeterministic: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Return a row for each index, the candidates first.

    Args:
        catalogue: The catalogue of run.json: `indexes`, `candidates`, `superfluous`.
        usage: What each cell's traffic used of each index in the run.
        plans: The plans of the checks' queries.
        samples: The requests of the study's rounds.
        counters: The servers' counters of these rounds.
        scenario: The scenario as run.json keeps it.
        confidence: The confidence of intervals.
        margin: The margin of equivalence, relative.
        nondeterministic: Endpoints whose responses are not compared: the study has no A/A control to recognise them.

    Returns:
        Rows with `scans` and `entries`, all_on's in the run; `endpoints`, those whose plans name the index, caches on or off;
        `overlap`, the other index that does its work. `reads`, `writes` and `durable_writes` compare all_on without it (by the
        cell `measured_as`: alone, or all redundant or unused ones at once) with all_on: ratios of service time, `worst` the
        endpoint with the worst regression. `wal_per_write` is in bytes. Unknown is None.
    """
    indexes = [Index.of(facts) for facts in catalogue.get("indexes") or []]
    candidates, unneeded = (set(catalogue.get(name) or ()) for name in ("candidates", "superfluous"))
    among_all, among_candidates = overlaps(indexes), overlaps(indexes, candidates)
    replacing = {overlap.by for name, overlap in among_candidates.items() if name in unneeded}
    optimised = rows_where(usage, cell=fullest_cell(scenario))
    scanned = optimised.groupby("index", observed=True)[["scans", "entries"]].sum(min_count=1)
    named = _named(plans, fullest_cell(scenario))
    effects = _effects(samples, counters, scenario, confidence, margin, nondeterministic)
    rows = []
    for index in sorted(indexes, key=lambda i: (i.name not in candidates, i.table, i.name)):
        overlap = (among_candidates if index.name in candidates else among_all).get(index.name)
        cell = WITHOUT_CANDIDATES if index.name in unneeded else f"{WITHOUT}{index.name}"
        measured = effects.get(cell)
        row = {
            **{name: value for name, value in index.as_dict().items() if name != "terms"},
            "candidate": index.name in candidates,
            "redundant_or_unused": index.name in unneeded,
            "replaces": index.name in replacing,
            "too_small": index.is_too_small,
            "overlap": None if overlap is None else {"how": overlap.how, "by": overlap.by},
            "scans": plain(scanned["scans"].get(index.name)),
            "entries": plain(scanned["entries"].get(index.name)),
            "endpoints": sorted(named.get(index.name, ())),
            "measured_as": cell if measured else None,
            **(measured or dict.fromkeys(MEASURED)),
        }
        rows.append({**row, **_verdict(row, margin)})
    ledger_rows: list[dict[str, Any]] = plain(rows)
    return ledger_rows


def _named(plans: pd.DataFrame, fullest: str) -> dict[str, set[str]]:
    """Return the endpoints whose plans name an index, by index; of the cells that have all of them."""
    endpoints: dict[str, set[str]] = {}
    for row in plans[((plans["cell"] != BASELINE) | (plans["cell"] == fullest)).to_numpy(bool)].to_dict("records"):
        for name in indexes_of(json.loads(row["plan"])):
            endpoints.setdefault(name, set()).add(str(row["endpoint"]))
    return endpoints


def _effects(
    samples: pd.DataFrame,
    counters: pd.DataFrame,
    scenario: Mapping[str, Any],
    confidence: float,
    margin: float,
    nondeterministic: Sequence[str],
) -> dict[str, dict[str, Any]]:
    """Return the effects of lacking indexes, by cell of the study's rounds except all_on."""
    if not len(samples):
        return {}
    writing = writing_endpoints(scenario)
    quick, durable = (rows_where(samples, durable=flag) for flag in (False, True))
    reads, writes = (quick[(quick["endpoint"].isin(list(writing)) == flag).to_numpy(bool)] for flag in (False, True))
    arranged = {"reads": Pairs.of(reads), "writes": Pairs.of(writes), "durable_writes": Pairs.of(durable)}
    comparable = Pairs.of(quick[~quick["endpoint"].isin(list(nondeterministic)).to_numpy(bool)], measured_only=False)
    return {
        cell: {
            **{name: _effect(pairs, cell, confidence, margin) for name, pairs in arranged.items()},
            "wal_per_write": _wal(durable, rows_where(counters, durable=True), cell),
            "changed": _changed(comparable, cell),
        }
        for cell in sorted(set(samples["cell"].dropna()) - {OPTIMISED})
    }


def _effect(pairs: Pairs, cell: str, confidence: float, margin: float) -> dict[str, Any] | None:
    """Return one cell against all_on over all endpoints, and the worst regression of an endpoint; None if unmeasured."""
    if not pairs.steps or not pairs.has(cell) or not pairs.has(OPTIMISED):
        return None
    effects = of_table(compare(pairs, METRIC, OPTIMISED, cell, by="endpoint", confidence=confidence, margin=margin))
    whole = next(effect for effect in effects if effect.endpoint == ALL)
    slower = [effect for effect in effects if effect.endpoint != ALL and effect.verdict == "worse"]
    worst = max(slower, key=lambda effect: effect.low or 0.0, default=None)
    return {
        **{name: getattr(whole, name) for name in EFFECT},
        "worst": None if worst is None else {name: getattr(worst, name) for name in ("endpoint", *EFFECT)},
    }


def _wal(samples: pd.DataFrame, counters: pd.DataFrame, cell: str) -> dict[str, Any] | None:
    """Return the bytes of write-ahead log per request of the durable writes: all_on's and the cell's, in measured blocks."""
    measured = rows_where(samples, phase="measured")
    per_request = {}
    for name, side in (("before", OPTIMISED), ("after", cell)):
        requests = rows_where(measured, cell=side)
        blocks = requests[["round", "block"]].drop_duplicates().merge(rows_where(counters, cell=side))
        if not len(blocks) or blocks["wal_bytes"].isna().any():
            return None
        per_request[name] = float(blocks["wal_bytes"].sum()) / len(requests)
    return per_request


def _changed(pairs: Pairs, cell: str) -> int | None:
    """Return how many responses differ from all_on's to the same Step."""
    if not pairs.steps or not pairs.has(cell) or not pairs.has(OPTIMISED):
        return None
    digests = pairs.codes("response_digest")
    before, after = digests[:, pairs.column(OPTIMISED)], digests[:, pairs.column(cell)]
    return int(((before != after) & (before >= 0) & (after >= 0)).sum())


def _verdict(row: Mapping[str, Any], margin: float) -> dict[str, Any]:
    """Return what an index is used for, and keep, drop or undecided and why; None for an index that is no candidate."""
    verdict, reason = _judged(row, margin) if row["candidate"] else (None, None)
    return {"use": _use(row), "verdict": verdict, "reason": reason}


def _judged(row: Mapping[str, Any], margin: float) -> tuple[str, str]:
    if row.get("package"):
        return "keep", f"it belongs to the installed package {row['package']}"
    if _is_too_small(row):
        return "undecided", "the table is too small for an index to be chosen"
    if not row["redundant_or_unused"] and row["scans"] == 0 and not row["endpoints"]:
        # Nothing used it, so that nothing is slower for lack of it, whatever was measured.
        return ("keep", "it replaces a redundant index") if row["replaces"] else ("undecided", "nothing used it")
    if row["measured_as"] is None:
        return "undecided", "not measured without it (set index_study_s in the profile)"
    without = "with all candidates dropped" if row["measured_as"] == WITHOUT_CANDIDATES else "without it"
    if row["changed"]:
        return "undecided", f"{row['changed']:,} responses differ {without}"
    slower = slower_without(row)
    if slower:
        return ("undecided" if row["redundant_or_unused"] else "keep"), f"{slower} are slower {without}"
    reads = row["reads"] or {}
    if not row["redundant_or_unused"]:
        return "undecided", f"no read is detectably slower {without}"
    # How much faster reads may be does not matter: they only must not be slower by more than the margin.
    if reads.get("high") is not None and reads["high"] <= 1 + margin:
        return "drop", f"reads are not slower {without}"
    return "undecided", f"this run cannot tell whether reads are slower {without}"


def slower_without(row: Mapping[str, Any]) -> str:
    """Return what is detectably slower without an index, or the set that it belongs to: `reads of job`; empty if nothing is."""
    for kind in ("reads", "writes"):
        effect = row[kind] or {}
        if effect.get("verdict") == "worse":
            return kind
        if effect.get("worst"):
            return f"{kind} of {effect['worst']['endpoint']}"
    return ""


def _use(row: Mapping[str, Any]) -> str:
    if row["overlap"]:
        columns = "the same columns" if row["overlap"]["how"] == "duplicate" else "its first columns"
        return f"covered by {row['overlap']['by']} ({columns})"
    if row["scans"] is None:
        return "use unknown"
    if _is_too_small(row):
        return f"too small to tell: {units.counted(row['table_rows'], 'row')}"
    if row["redundant_or_unused"]:
        return "unused by this traffic"
    if not row["scans"]:
        planned = ", but used in the plan of a check request" if row["endpoints"] else ""
        return f"not scanned in the replay{planned}"
    return "scanned once" if row["scans"] == 1 else f"scanned {row['scans']:,} times"


def _is_too_small(row: Mapping[str, Any]) -> bool:
    """Whether nothing scanned an index, which says nothing about it: its table is too small for one to be chosen."""
    return bool(row.get("too_small") and not row["redundant_or_unused"] and not row["scans"])


def together(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the row of one of the indexes that were measured as one set; None if none was."""
    return next((row for row in rows if row["measured_as"] == WITHOUT_CANDIDATES), None)


def droppable(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the indexes that can be dropped: all of the set that was measured as one, or none."""
    unneeded = [row for row in rows if row["redundant_or_unused"]]
    return unneeded if unneeded and all(row["verdict"] == "drop" for row in unneeded) else []


def migration(rows: Sequence[Mapping[str, Any]], newest: Mapping[str, str]) -> dict[str, str]:
    """Return the text of a Django migration that drops indexes, by app.

    An index of a field's own db_index or of a foreign key takes a change of the model: it is a comment in the migration.

    Args:
        rows: The rows of the indexes to drop.
        newest: Each app's last migration, by app.
    """
    texts = {}
    for app in sorted({row["model"].split(".")[0] for row in rows if row["model"]}):
        lines = []
        for row in (row for row in rows if row["model"] and row["model"].split(".")[0] == app):
            model = row["model"].split(".")[1]
            if row["kind"] == "meta":
                lines.append(f"        migrations.RemoveIndex(model_name={model.lower()!r}, name={row['name']!r}),")
            else:
                lines.append(
                    f"        # {model}: db_index=False on the field of {', '.join(row['key'])}, then makemigrations"
                )
        depends = f"[({app!r}, {newest[app]!r})]" if app in newest else "[]"
        texts[app] = "\n".join(
            [
                "from django.db import migrations",
                "",
                "",
                "class Migration(migrations.Migration):",
                f"    dependencies = {depends}",
                "",
                "    operations = [",
                *lines,
                "    ]",
                "",
            ]
        )
    return texts
