"""The noise between two real runs of the same code: taken apart, and drawn anew for any number of simulated pairs.

The logarithm of what a request takes in one run, beside the same request in another, is the sum of

    run         of all its requests, and beside it the calibration request's own: either way as probable
    round       the same of one round
    process     of one cell in one round
    shared      of one request, in all cells at once
    turn        of the five requests that one cell replays at a time

Each is drawn from those that the two runs had, whole and with replacement: tails, and how service time and CPU vary together,
stay as they were measured. Nothing is tuned. `python -m tests.selftest.noise RUN BASELINE FILE` takes two saved runs apart.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.gate.matched import MatchedRequests, MatchedSide
from perflab.analysis.stats.pairs import Floats, Ints, Pairs
from perflab.run import store
from perflab.run.cells import REFERENCE
from perflab.run.tables import rows_where

FOLDER = Path(__file__).parent / "noises"
METRICS = ("latency_s", "app_cpu_s", "db_cpu_s")
# The calibration request has no database.
PACES = METRICS[:2]
SLICE, PER_SLICE, BLOCK = 5, 2, 20
# So many slices are kept of each kind; a file has three digits of each logarithm.
KEPT = 300
SEED = 16


@dataclass(frozen=True)
class Noise:
    """What two runs of the same code differ by, as logarithms of a single run; see above.

    Attributes:
        runs: Where it is from.
        size: The rounds of such a run, and the measured blocks in each.
        run: One, by the cells' METRICS and the calibration request's PACES.
        rounds: Rounds by the same.
        processes: Processes by METRICS.
        shared: Slices by requests by METRICS.
        turns: The same.
        calibration: Slices by calibration requests by PACES.
    """

    runs: str
    size: tuple[int, int]
    run: Floats
    rounds: Floats
    processes: Floats
    shared: Floats
    turns: Floats
    calibration: Floats

    @classmethod
    def of(cls, run: store.Run, baseline: store.Run) -> Noise:
        """Take two runs with the same traffic apart.

        A logarithm that is unknown, such as that of no database time, is replaced by another one of its kind.
        """
        pairs = [Pairs.of(side.samples) for side in (run, baseline)]
        matched = MatchedRequests.of(run, baseline, *pairs)
        rng = np.random.default_rng(SEED)
        number, rounds = matched.new.rounds, matched.size
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.stack(
                [
                    np.log(matched.new.matrix(matched.cells, name) / matched.old.matrix(matched.cells, name))
                    for name in METRICS
                ],
                axis=2,
            )
            pace = [
                np.log(matched.new.reference(name, rounds)[0] / matched.old.reference(name, rounds)[0])
                for name in PACES
            ]
        logs = _filled(np.where(np.isfinite(logs), logs, np.nan), rng) / np.sqrt(2)
        of_cells = np.stack([logs[number == each].mean(axis=0) for each in range(rounds)])
        levels = np.column_stack([of_cells.mean(axis=1), np.stack(pace, axis=1) / np.sqrt(2)])
        processes = of_cells - of_cells.mean(axis=1, keepdims=True)
        rest = logs - of_cells[number]
        size = len(matched.cells)
        shared = rest.mean(axis=1)
        turns = (rest - shared[:, None]) * np.sqrt(size / (size - 1))
        # A mean over cells holds a part of what each cell varies by alone.
        true = np.maximum(shared.var(axis=0) - turns.var(axis=(0, 1)) / size, 0.0)
        shared = shared * np.sqrt(true / np.maximum(shared.var(axis=0), 1e-12))  # 0 where there is no such clock
        at = _slices(matched)
        calibration = [list(_calibration(side)) for side in (matched.new, matched.old)]
        # Where one of the runs sent another number of calibration requests, what all rounds have in common is no noise.
        is_same_lab = all(calibration)
        return cls(
            f"{baseline.run_id} and {run.run_id} of {run.scenario_name}",
            (rounds, round(len(matched) / rounds / BLOCK)),
            levels.mean(axis=0, keepdims=True) * is_same_lab,
            _centred(levels),
            _centred(processes).reshape(-1, len(METRICS)),
            _some(shared[at], rng),
            _some(np.moveaxis(turns[at], 2, 1).reshape(-1, SLICE, len(METRICS)), rng),
            _some(np.concatenate([slices for side in calibration for slices in side]), rng),
        )

    @classmethod
    def read(cls, name: str) -> Noise:
        """The noise of a file in FOLDER."""
        saved = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        figures = {each.name: np.array(saved[each.name]) / 1000 for each in fields(cls)[2:]}
        return cls(saved["runs"], tuple(saved["size"]), **figures)

    def save(self, file: Path) -> None:
        """Write it as JSON: logarithms in thousandths."""
        figures = {
            each.name: np.rint(getattr(self, each.name) * 1000).astype(int).tolist() for each in fields(self)[2:]
        }
        file.write_text(json.dumps({"runs": self.runs, "size": self.size, **figures}) + "\n", encoding="utf-8")

    def deviations(self) -> dict[str, list[float]]:
        """The root mean square of each part: of service time, application CPU and database CPU."""
        parts = {each.name: getattr(self, each.name) for each in fields(self)[2:]}
        return {
            name: np.sqrt((part**2).reshape(-1, part.shape[-1]).mean(axis=0)).tolist() for name, part in parts.items()
        }

    def add(self, samples: pd.DataFrame, seed: int) -> pd.DataFrame:
        """Another run of the same requests: every time varied, and the calibration request sent twice in each slice.

        `samples` are without noise, in blocks of BLOCK Steps from 0.
        """
        rng = np.random.default_rng([SEED, seed])
        is_reference = (samples["cell"] == REFERENCE).to_numpy(bool)
        rows, references = samples[~is_reference].copy(), samples[is_reference]
        number, names = pd.factorize(rows["round"])
        cell, cells = pd.factorize(rows["cell"])
        place, within = np.divmod(rows["step"].to_numpy(np.int64), SLICE)
        rounds, slices = len(names), int(place.max()) + 1

        def drawn(part: Floats, *shape: int) -> Floats:
            return np.asarray(part[rng.integers(len(part), size=shape)])

        levels = drawn(self.rounds, rounds) + self.run * rng.choice([-1, 1])
        logs = levels[number, : len(METRICS)] + drawn(self.processes, rounds, len(cells))[number, cell]
        logs += drawn(self.shared, rounds, slices)[number, place, within]
        logs += drawn(self.turns, rounds, len(cells), slices)[number, cell, place, within]
        for metric, log in zip(METRICS, logs.T, strict=True):
            rows[metric] *= np.exp(log)
        in_block = BLOCK // SLICE
        requests = references.loc[references.index.repeat(in_block * PER_SLICE)].copy()
        turn = np.tile(np.repeat(np.arange(in_block), PER_SLICE), len(references))
        requests["step"] = (requests["step"] // BLOCK * BLOCK + turn * SLICE).astype(rows["step"].dtype)
        of_round = pd.Index(names).get_indexer(pd.Index(requests["round"]))
        own = drawn(self.calibration, len(references) * in_block).reshape(-1, len(PACES))
        pace = levels[of_round, len(METRICS) :] + own
        for metric, log in zip(PACES, pace.T, strict=True):
            requests[metric] = requests[metric].mean() * np.exp(log)
        return pd.concat([rows, requests]).sort_values(["round", "block", "step"], ignore_index=True, kind="stable")


def _filled(logs: Floats, rng: np.random.Generator) -> Floats:
    for place in range(logs.shape[-1]):
        column = logs[..., place]
        unknown = np.isnan(column)
        column[unknown] = rng.choice(column[~unknown], int(unknown.sum())) if not unknown.all() else 0.0
    return logs


def _centred(figures: Floats) -> Floats:
    """Less their mean over rounds, which is no noise, and as large as they were around the true one."""
    rounds = len(figures)
    return np.asarray((figures - figures.mean(axis=0)) * np.sqrt(rounds / (rounds - 1)))


def _slices(matched: MatchedRequests) -> Ints:
    """The places of whole slices, each the requests of one turn in order: slices by requests."""
    places = matched.new.places
    first = np.flatnonzero(places % (1 << 32) % SLICE == 0)  # a place is a round and a Step
    first = first[first + SLICE <= len(places)]
    whole = places[first + SLICE - 1] - places[first] == SLICE - 1
    return np.asarray(first[whole][:, None] + np.arange(SLICE), dtype=np.int64)


def _calibration(side: MatchedSide) -> Iterator[Floats]:
    """The calibration requests of each slice, beside the mean of their round; an older run sent one, and has none of these."""
    columns = side.pairs.samples[["round", "step", "cell", "phase", "started_s", *PACES]]
    rows = rows_where(columns, cell=REFERENCE, phase="measured").sort_values("started_s", kind="stable")
    logs = np.log(rows[list(PACES)].to_numpy(np.float64))
    round_of = rows["round"].to_numpy()
    for number in np.unique(round_of):
        logs[round_of == number] -= logs[round_of == number].mean(axis=0)
    groups = rows.groupby([rows["round"], rows["step"] // SLICE]).indices
    slices = [logs[places] for places in groups.values() if len(places) == PER_SLICE]
    if slices:
        yield np.stack(slices)


def _some(slices: Floats, rng: np.random.Generator) -> Floats:
    chosen: Any = rng.permutation(len(slices))[:KEPT]
    return np.asarray(slices[np.sort(chosen)])


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        print("usage: python -m tests.selftest.noise RUN BASELINE FILE", file=sys.stderr)
        return 2
    run, baseline = (store.load(Path(each)) for each in arguments[:2])
    noise = Noise.of(run, baseline)
    noise.save(Path(arguments[2]))
    print(noise.runs, noise.size)
    for name, deviations in noise.deviations().items():
        print(f"{name:12}", " ".join(f"{each:.3f}" for each in deviations))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
