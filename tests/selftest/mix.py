"""All requests: which endpoints chance drew too often moved ALL, and the share of writes in it, before; no longer now.

The endpoints are reads of tests.perflab.synthetic and a write, drawn by their weights. A candidate takes of each what its
optimised queries do, so that the ratios of endpoints lie far apart. The truth is the ratio of the weighted expectations.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from perflab.analysis.effects.effects import compare
from perflab.analysis.stats.pairs import Floats, Ints, Pairs
from perflab.run.cells import BASELINE, OPTIMISED
from tests.benchmarks.table import Table, say
from tests.perflab.synthetic import KINDS
from tests.selftest.estimates import SEED
from tests.selftest.former import ratio_of_rounds
from tests.selftest.parallel import Processes
from tests.selftest.shares import Share
from tests.selftest.sidebyside import row, shares

METRIC, WRITE = "latency_s", "query_count"
ROUNDS, REQUESTS = 3, 120
# The deviation between requests to one endpoint, and between rounds of a cell's level.
WITHIN, BETWEEN = 0.1, 0.005
# As many writes as in the traffic of scenarios/marketplace.yaml.
WRITE_SHARE = 0.0918
PAY = next(kind for kind in KINDS if kind.name == "pay")
READS = tuple(kind for kind in KINDS if kind.audited)
WEIGHTS = {
    **{kind.name: kind.weight for kind in READS},
    PAY.name: sum(kind.weight for kind in READS) * WRITE_SHARE / (1 - WRITE_SHARE),
}
WEIGHT = np.array(list(WEIGHTS.values())) / sum(WEIGHTS.values())
LEVELS = np.array(
    [[kind.base_s + queries * kind.per_query_s for queries in (kind.naive, kind.optimised)] for kind in (*READS, PAY)]
)
TRUTH = float(WEIGHT @ LEVELS[:, 1] / (WEIGHT @ LEVELS[:, 0]))
WRITES = np.array([kind is PAY for kind in (*READS, PAY)])

# Of one run, before and now: the ratio, its ends, and the share of writes in all requests.
Figures = tuple[float, float, float, float]


def measured(numbers: Sequence[int]) -> list[tuple[Figures, Figures]]:
    outcomes = []
    for number in numbers:
        rng = np.random.default_rng([SEED, 4, number])
        kind = rng.choice(len(WEIGHT), size=(ROUNDS, REQUESTS), p=WEIGHT)
        log = rng.normal(0, WITHIN, (2, ROUNDS, REQUESTS)) + rng.normal(0, BETWEEN, (2, ROUNDS, 1))
        times = np.moveaxis(LEVELS[kind], -1, 0) * np.exp(log - (WITHIN**2 + BETWEEN**2) / 2)
        former = ratio_of_rounds(times[:1].mean(axis=2), times[1:].mean(axis=2))
        pairs = Pairs.of(_table(kind, times), weights=WEIGHTS)
        now = compare(pairs, METRIC, BASELINE, OPTIMISED).iloc[0]
        writes = compare(pairs, WRITE, BASELINE, OPTIMISED).iloc[0]
        before = (float(former.ratio[0]), float(former.low[0]), float(former.high[0]), float(WRITES[kind].mean()))
        outcomes.append((before, (now["ratio"], now["low"], now["high"], writes["before"])))
    return outcomes


def _table(kind: Ints, times: Floats) -> pd.DataFrame:
    """The samples; a write has one query and a read none, so that their mean is the share of writes."""
    names = np.array(list(WEIGHTS), dtype=object)
    size = ROUNDS * REQUESTS
    return pd.DataFrame(
        {
            "cell": np.repeat(np.array([BASELINE, OPTIMISED], dtype=object), size),
            "round": np.tile(np.repeat(np.arange(ROUNDS), REQUESTS), 2),
            "step": np.tile(np.arange(REQUESTS), 2 * ROUNDS),
            "endpoint": np.tile(names[kind].ravel(), 2),
            METRIC: times.ravel(),
            WRITE: np.tile(WRITES[kind].ravel().astype(np.float64), 2),
        }
    )


def table(processes: Processes, runs: int) -> Table:
    result = Table(
        f"All requests by the scenario's weights: before and now, {ROUNDS} x {REQUESTS} requests",
        ("estimator", "bias", "error of a run", "holds the truth", "exact interval", "writes", "of a run, 95%"),
    )
    say(f"mix: {runs:,} runs")
    ended = np.array(processes.each(measured, runs))
    errors, held, spans = [], [], []
    for number, name in enumerate(("before", "now")):
        ratio, low, high, writes = ended[:, number].T
        error = ratio / TRUTH - 1
        errors.append(float(np.sqrt((error**2).mean())))
        held.append(Share(int(((low <= TRUTH) & (high >= TRUTH)).sum()), len(ended)))
        spans.append("{:.2%} to {:.2%}".format(*np.quantile(writes, (0.025, 0.975))))
        figures = [f"{error.mean():+.1%}", f"{errors[-1]:.1%}", held[-1].text(), held[-1].between()]
        result.rows.append([name, *figures, f"{writes.mean():.2%}", spans[-1]])
    result.notes = [f"By the weights the ratio is {TRUTH:.3f}, and {WRITE_SHARE:.2%} of all requests are writes."]
    result.compared = [
        row("ALL: error of a run's ratio (root mean square)", [f"{each:.1%}" for each in errors], "by the weights"),
        shares("ALL: interval holds the truth", held, least=0.93),
        row(f"ALL: writes, where the weights say {WRITE_SHARE:.2%}", spans, f"{WRITE_SHARE:.2%}"),
    ]
    return result
