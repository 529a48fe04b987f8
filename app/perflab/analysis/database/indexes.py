"""The index ledger: what each index costs and is used for, and whether the system could be without it.

Structure says which indexes repeat each other, the run which of them its traffic used, and rounds of its own what the system
with everything on is like without those that seem idle, all at once, and without each of the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.database.plan import indexes_of
from perflab.analysis.database.structure import overlaps
from perflab.analysis.effects.effects import compare
from perflab.analysis.stats.pairs import Pairs
from perflab.analysis.stats.values import plain
from perflab.run.cells import ALL, BASELINE, OPTIMISED
from perflab.run.indexes import Index
from perflab.run.scenario import writing_endpoints
from perflab.run.tables import rows_where

# The cells of the ledger's own rounds, beside all_on.
PRUNED = "pruned"
WITHOUT = "without-"
METRIC = "latency_s"
MEASURED = ("reads", "writes", "durable_writes", "wal_per_write", "changed")
EFFECT = ("metric", "ratio", "difference", "low", "high", "before", "after", "n", "rounds", "verdict", "seen")


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
    """A row for each index, those in question first. `samples` and `counters` are those of the ledger's rounds.

    Answers of the endpoints that the run found `nondeterministic` are not compared: the ledger has no twin to tell.

    `scans` and `entries` are what all_on's traffic used of it in the run, `endpoints` those of whose queries a plan names it,
    with caches on or off. `overlap` is the other index that does its work. `reads`, `writes` and `durable_writes` compare all_on
    without it (`measured_as`: alone, or all superfluous ones at once) with all_on: ratios of service time, `worst` the endpoint
    that suffers most. `wal_per_write` is in bytes. Unknown is null.
    """
    indexes = [Index.of(facts) for facts in catalogue.get("indexes") or []]
    candidates, superfluous = (set(catalogue.get(name) or ()) for name in ("candidates", "superfluous"))
    among_all, among_candidates = overlaps(indexes), overlaps(indexes, candidates)
    mine = rows_where(usage, cell=OPTIMISED)
    scanned = mine.groupby("index", observed=True)[["scans", "entries"]].sum(min_count=1)
    named = _named(plans)
    effects = _effects(samples, counters, scenario, confidence, margin, nondeterministic)
    rows = []
    for index in sorted(indexes, key=lambda i: (i.name not in candidates, i.table, i.name)):
        overlap = (among_candidates if index.name in candidates else among_all).get(index.name)
        cell = PRUNED if index.name in superfluous else f"{WITHOUT}{index.name}"
        measured = effects.get(cell)
        row = {
            **{name: value for name, value in index.as_dict().items() if name != "terms"},
            "candidate": index.name in candidates,
            "superfluous": index.name in superfluous,
            "overlap": None if overlap is None else {"how": overlap.how, "by": overlap.by},
            "scans": plain(scanned["scans"].get(index.name)),
            "entries": plain(scanned["entries"].get(index.name)),
            "endpoints": sorted(named.get(index.name, ())),
            "measured_as": cell if measured else None,
            **(measured or dict.fromkeys(MEASURED)),
        }
        rows.append({**row, **_verdict(row, margin)})
    found: list[dict[str, Any]] = plain(rows)
    return found


def _named(plans: pd.DataFrame) -> dict[str, set[str]]:
    """Which endpoints' plans name which index; of the cells that have all of them."""
    found: dict[str, set[str]] = {}
    for row in plans[(plans["cell"] != BASELINE).to_numpy(bool)].to_dict("records"):
        for name in indexes_of(json.loads(row["plan"])):
            found.setdefault(name, set()).add(str(row["endpoint"]))
    return found


def _effects(
    samples: pd.DataFrame,
    counters: pd.DataFrame,
    scenario: Mapping[str, Any],
    confidence: float,
    margin: float,
    nondeterministic: Sequence[str],
) -> dict[str, dict[str, Any]]:
    """By cell of the ledger's rounds, without all_on itself: what its lack does."""
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
    """One cell against all_on over all endpoints, with the one that suffers most of those that are seen to; None unmeasured."""
    if not pairs.steps or not pairs.has(cell) or not pairs.has(OPTIMISED):
        return None
    rows = compare(pairs, METRIC, OPTIMISED, cell, by="endpoint", confidence=confidence, margin=margin).to_dict(
        "records"
    )
    whole = next(row for row in rows if row["endpoint"] == ALL)
    slower = [row for row in rows if row["endpoint"] != ALL and row["verdict"] == "worse"]
    worst = max(slower, key=lambda row: row["low"], default=None)
    return {
        **{name: whole[name] for name in EFFECT},
        "worst": None if worst is None else {"endpoint": worst["endpoint"], **{name: worst[name] for name in EFFECT}},
    }


def _wal(samples: pd.DataFrame, counters: pd.DataFrame, cell: str) -> dict[str, Any] | None:
    """Bytes of write-ahead log per request of the durable writes: all_on's and the cell's, of measured blocks."""
    measured = rows_where(samples, phase="measured")
    found = {}
    for name, side in (("before", OPTIMISED), ("after", cell)):
        mine = rows_where(measured, cell=side)
        blocks = mine[["round", "block"]].drop_duplicates().merge(rows_where(counters, cell=side))
        if not len(blocks) or blocks["wal_bytes"].isna().any():
            return None
        found[name] = float(blocks["wal_bytes"].sum()) / len(mine)
    return found


def _changed(pairs: Pairs, cell: str) -> int | None:
    """How many answers differ from all_on's to the same Step."""
    if not pairs.steps or not pairs.has(cell) or not pairs.has(OPTIMISED):
        return None
    digests = pairs.codes("response_digest")
    one, other = digests[:, pairs.column(OPTIMISED)], digests[:, pairs.column(cell)]
    return int(((one != other) & (one >= 0) & (other >= 0)).sum())


def _verdict(row: Mapping[str, Any], margin: float) -> dict[str, Any]:
    """What it is for, and keep, drop or undecided and why; these are null for an index that nobody asked about."""
    verdict, reason = _judged(row, margin) if row["candidate"] else (None, None)
    return {"use": _use(row), "verdict": verdict, "reason": reason}


def _judged(row: Mapping[str, Any], margin: float) -> tuple[str, str]:
    if row["measured_as"] is None:
        return "undecided", "the system without it was not measured (ledger_s)"
    without = "without all that could go" if row["measured_as"] == PRUNED else "without it"
    if row["changed"]:
        return "undecided", f"{row['changed']:,} answers are other ones {without}"
    slower = slower_without(row)
    if slower:
        return ("undecided" if row["superfluous"] else "keep"), f"{slower} are slower {without}"
    reads = row["reads"] or {}
    if not row["superfluous"]:
        return "undecided", f"no read is seen to be slower {without}"
    # How much faster reads may be is no matter: it is enough that they are not slower by more than the margin.
    if reads.get("high") is not None and reads["high"] <= 1 + margin:
        return "drop", f"reads are not slower {without}"
    return "undecided", f"whether reads are slower {without} is open"


def slower_without(row: Mapping[str, Any]) -> str:
    """What is seen to be slower without an index, or the set that it belongs to: `reads of job`; empty where nothing is."""
    for kind in ("reads", "writes"):
        effect = row[kind] or {}
        if effect.get("verdict") == "worse":
            return kind
        if effect.get("worst"):
            return f"{kind} of {effect['worst']['endpoint']}"
    return ""


def _use(row: Mapping[str, Any]) -> str:
    if row["overlap"]:
        said = "repeats" if row["overlap"]["how"] == "duplicate" else "begins as"
        return f"{said} {row['overlap']['by']}"
    if row["scans"] is None:
        return "use unknown"
    if row["superfluous"]:
        return "unused by this traffic"
    if not row["scans"]:
        return "not scanned itself, but a check's plan uses it, or it takes over for one that could go"
    return "scanned once" if row["scans"] == 1 else f"scanned {row['scans']:,} times"


def together(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The row of one of those that were measured as one set; None where none was."""
    return next((row for row in rows if row["measured_as"] == PRUNED), None)


def droppable(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The indexes that can go: all of the set that was measured as one, or none."""
    asked = [row for row in rows if row["superfluous"]]
    return asked if asked and all(row["verdict"] == "drop" for row in asked) else []


def migration(rows: Sequence[Mapping[str, Any]], newest: Mapping[str, str]) -> dict[str, str]:
    """By app: the text of a Django migration that drops these indexes. `newest`: each app's last migration.

    What a field's own db_index or a foreign key made is a change of the model: it stands there as a comment.
    """
    found = {}
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
        found[app] = "\n".join(
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
    return found
