"""What happens past Django: statements that its wrappers did not see, new connections, and deletions without signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perflab.analysis.stats.values import plain
from perflab.run.columns import Samples
from perflab.run.records import MAX_STEPS, Finding
from perflab.run.scenario import fullest_cell, scenario_endpoints
from perflab.run.tables import rows_where
from perflab.units import cut, listed

# The classes of these findings.
CLASSES = ("query_counts_disagree", "reconnects", "signals_not_sent")
# The server may count a little more: what a project sends while it sets a connection up.
MAX_DIFFERENCE = 0.01
MIN_DIFFERENCE = 5
MAX_SQL_LENGTH = 110
MAX_RECEIVERS = 3
# An endpoint reconnects if so many requests, and this share of them, still open a connection in the second half of a round.
MIN_REQUESTS, MIN_SHARE = 2, 0.2


def disagreement(counts: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Return the finding `query_counts_disagree` where a server received more statements than Django sent, else nothing.

    Args:
        counts: Both counts of each round and cell, as run.json has them.
    """
    off = [row for row in counts if row["received"] - row["sent"] > max(MIN_DIFFERENCE, MAX_DIFFERENCE * row["sent"])]
    if not off:
        return []
    worst = max(off, key=lambda row: (bool(row["unseen"]), row["received"] - row["sent"]))
    more = worst["received"] - worst["sent"]
    texts = [row for row in worst["unseen"] if row["times"] >= max(MIN_DIFFERENCE, 0.1 * more)]
    such_as = f", such as {cut(texts[0]['sql'], MAX_SQL_LENGTH)} ({texts[0]['times']:,} times)" if texts else ""
    return [
        Finding(
            "query_counts_disagree",
            "warning",
            f"In warm-up and check requests the database received {worst['received']:,} statements from {worst['cell']}, of "
            f"which Django sent {worst['sent']:,}: the others{such_as} bypass Django's cursors, and are missing from the numbers "
            "and times of queries. CPU and service times include them.",
            count=int(sum(row["received"] - row["sent"] for row in off)),
            example=worst,
        )
    ]


def unsent_signals(rows: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Return a finding for each foreign key whose rows the database deletes by itself, though receivers wait for the signal.

    Args:
        rows: The foreign keys, as the catalogue of run.json has them.
    """
    return [
        Finding(
            "signals_not_sent",
            "warning",
            f"Deleting a row of {row['parent']} also deletes rows of {row['model']} in the database (DB_CASCADE of "
            f"{row['field']}), which sends no signals: {listed(row['receivers'][:MAX_RECEIVERS])} "
            f"{'is' if len(row['receivers']) == 1 else 'are'} not called. What depends on it, such as a cache, "
            f"has to follow the deletion of {row['parent']}, or the field needs CASCADE.",
            count=len(row["receivers"]),
            example=dict(row),
        )
        for row in rows
    ]


def reconnects(samples: Samples, scenario: Mapping[str, Any]) -> list[Finding]:
    """Return a finding for each endpoint whose measured requests open database connections, with all factors on.

    What counts is the second half of a round: a pool of threads opens one for each of its threads, and keeps them.

    Args:
        samples: The run's requests.
        scenario: The scenario as run.json keeps it.
    """
    if "connects" not in samples.columns:
        return []
    columns = samples[["round", "step", "phase", "cell", "endpoint", "connects"]]
    cell = fullest_cell(scenario)
    measured = rows_where(columns, cell=cell, phase="measured")
    methods = {endpoint.name: endpoint.method for endpoint in scenario_endpoints(scenario)}
    findings = []
    for name, rows in measured.groupby("endpoint", observed=True):
        opening = rows[(rows["connects"].astype("float64") > 0).to_numpy(bool)]
        by_round = rows.groupby("round")["step"]
        later = rows[by_round.cumcount() >= by_round.transform("size") / 2]
        still = later["step"].isin(opening["step"]).sum()
        if still < max(MIN_REQUESTS, MIN_SHARE * len(later)):
            continue
        opened = float(opening["connects"].sum())
        findings.append(
            Finding(
                "reconnects",
                "warning",
                f"{len(opening):,} of {len(rows):,} requests of {name} open {_connections(opened / len(opening))}: "
                "a connection was closed before, or the request queries in a thread that has none.",
                endpoint=str(name),
                method=methods.get(str(name)),
                count=len(opening),
                steps=plain(opening[["round", "step"]].head(MAX_STEPS).to_dict("records")),
                example={"cell": cell, "connections": opened},
            )
        )
    return findings


def _connections(mean: float) -> str:
    return "a new database connection" if mean == 1 else f"{mean:.1f} new database connections on average"
