"""The loop of a round with workers that answer at once: who replays what, in which order, and what is written down."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from perflab.errors import ServerError, SubjectError, WorkerDied
from perflab.experiment.rounds import Replay, check_within, replay_within
from perflab.run.cells import cells_of
from perflab.run.tables import SAMPLES, Row, Sample
from perflab.worker.protocol import Done, Order
from perflab.workload import Step

FACTORS = ("queries", "caching")
CELLS = cells_of(FACTORS)


@dataclass
class Answering:
    """A worker that answers everything, and remembers what it was asked."""

    failing: str | None = None
    died_at: int | None = None
    asked: list[list[Order]] = field(default_factory=list)

    def block(self, orders: Sequence[Order], timeout_s: float = 0) -> Done:
        self.asked.append(list(orders))
        if self.died_at is not None and any(o.step == self.died_at for o in orders):
            raise WorkerDied("the worker died")
        return Done([self.sample(order) for order in orders], 0)

    def sample(self, order: Order) -> Sample:
        failed = order.path == self.failing
        values: dict[str, object] = dict.fromkeys(Sample.__slots__)
        values |= {"step": order.step, "started_s": 100.0 + order.step, "status": 500 if failed else 200}
        values |= {"latency_s": 0.001, "error": "answered 500" if failed else None}
        return Sample(**values)  # type: ignore[arg-type]  # whatever a test gives


def step(number: int, block: int = 0, phase: str = "measured", writes: bool = False, endpoint: str = "read") -> Step:
    method = "POST" if writes else "GET"
    return Step(1, number, block, number / 10, phase, endpoint, method, f"/{endpoint}/", None, 5, None, writes)  # type: ignore[arg-type]  # whatever a test gives


def replay_of(workers: dict[str, Answering] | None = None, seed: int = 1) -> tuple[Replay, dict[str, Answering]]:
    workers = workers or {cell.name: Answering() for cell in CELLS}
    return (
        Replay(
            number=1,
            cells=CELLS,
            factors=FACTORS,
            workers=workers,
            cached=frozenset(c.name for c in CELLS if c.is_on("caching")),
            databases={},
            counters=None,
            order=random.Random(seed),
            began_s=100.0,
        ),
        workers,
    )


def test_checks_are_for_all_cells_but_the_canary_and_the_reference() -> None:
    replay, workers = replay_of()
    checks = [replace(step(n, phase="warmup"), everywhere=True) for n in range(2)]
    assert check_within(replay, [checks, checks, checks], 10.0, clock=iter([0.0, 1.0, 9.0, 11.0]).__next__) == 2
    asked = {name: sum(map(len, worker.asked)) for name, worker in workers.items()}
    assert asked == {
        "all_off": 4, "caching": 4, "queries": 4, "all_on": 4, "twin": 4, "canary": 0, "reference": 0,
    }  # fmt: skip


def test_a_referee_looks_at_the_rows_of_each_block() -> None:
    class Looking:
        def __init__(self) -> None:
            self.seen: list[int] = []

        def look(self, rows: Sequence[Row]) -> None:
            self.seen.append(len(rows))

    replay, _ = replay_of()
    replay.referee = looking = Looking()  # type: ignore[assignment]  # what a round needs of one
    replay.block([step(0), step(1)])
    replay.block([step(2, 1)])
    assert looking.seen == [13, 7]


def test_every_cell_replays_a_block_and_the_reference_once() -> None:
    replay, workers = replay_of()
    rows = replay.block([step(0), step(1)])
    assert {name: len(w.asked[0]) for name, w in workers.items()} == {
        "all_off": 2, "caching": 2, "queries": 2, "all_on": 2, "twin": 2, "canary": 2, "reference": 1,
    }  # fmt: skip
    assert len(rows) == 13
    assert len({(row["round"], row["step"], row["cell"]) for row in rows}) == 13
    assert set(rows[0]) == set(SAMPLES.with_factors(FACTORS).names)


def test_cells_take_a_few_steps_of_a_measured_block_at_a_time_and_the_reference_one() -> None:
    replay, workers = replay_of()
    replay.turn = 2
    rows = replay.block([step(n) for n in range(5)])
    assert {name: [len(asked) for asked in w.asked] for name, w in workers.items() if name != "reference"} == {
        name: [2, 2, 1] for name in ("all_off", "caching", "queries", "all_on", "twin", "canary")
    }
    assert [len(asked) for asked in workers["reference"].asked] == [1]
    turns = [rows[:13], rows[13:25], rows[25:]]
    for steps, turn in zip(({0, 1}, {2, 3}, {4}), turns, strict=True):
        assert {row["step"] for row in turn} == steps, "no cell goes on before all had their turn"
        assert {row["position"] for row in turn if row["cell"] != "reference"} <= set(range(7))
    assert len({tuple(dict.fromkeys(row["cell"] for row in turn if row["cell"] != "reference")) for turn in turns}) > 1


def test_the_warm_up_and_the_checks_go_a_block_at_a_time() -> None:
    replay, workers = replay_of()
    replay.turn = 2
    replay.block([step(n, phase="warmup") for n in range(5)])
    replay.block([replace(step(n, phase="warmup"), everywhere=True) for n in range(5)])
    assert [len(asked) for asked in workers["all_on"].asked] == [5, 5]


def test_a_referee_looks_before_a_worker_takes_its_next_turn() -> None:
    class Looking:
        def __init__(self) -> None:
            self.seen: list[set[int]] = []

        def look(self, rows: Sequence[Row]) -> None:
            self.seen.append({row["step"] for row in rows})

    replay, _ = replay_of()
    replay.turn = 2
    replay.referee = looking = Looking()  # type: ignore[assignment]  # what a round needs of one
    replay.block([step(n) for n in range(3)])
    assert looking.seen == [{0, 1}, {2}]


def test_what_the_servers_counted_in_turns_is_one_row_of_the_block() -> None:
    class Counting:
        def __init__(self) -> None:
            self.readings = 0

        def read(self, database: str) -> dict[str, int | None]:
            self.readings += 1
            return {"rows_read": self.readings, "wal_bytes": None}

    replay, _ = replay_of()
    replay.turn = 2
    replay.databases = {cell.name: cell.name for cell in CELLS if cell.role != "reference"}
    replay.counters = Counting()  # type: ignore[assignment]  # what a round needs of them
    replay.block([step(n) for n in range(4)])
    assert len(replay.counter_rows) == 6
    assert {(row["block"], row["rows_read"], row["wal_bytes"]) for row in replay.counter_rows} == {(0, 2, None)}


def test_a_row_says_where_it_stands() -> None:
    replay, _ = replay_of()
    rows = replay.block([step(7, block=3)])
    by_position = sorted(rows, key=lambda row: row["position"])
    assert [row["position"] for row in by_position] == list(range(7))
    assert [row["predecessor"] for row in by_position] == [None, *(row["cell"] for row in by_position[:-1])]
    one = next(row for row in rows if row["cell"] == "queries")
    assert (one["queries"], one["caching"], one["role"], one["block"]) == ("on", "off", "treatment", 3)
    assert one["started_s"] == pytest.approx(7.0), "seconds since the run began"
    assert one["user"] == "5"
    reference = next(row for row in rows if row["cell"] == "reference")
    assert (reference["step"], reference["endpoint"], reference["queries"], reference["user"]) == (
        7,
        "reference",
        None,
        None,
    )


def test_the_predecessor_goes_on_from_block_to_block() -> None:
    replay, _ = replay_of()
    last = max(replay.block([step(0)]), key=lambda row: row["position"])["cell"]
    first = min(replay.block([step(1, block=1)]), key=lambda row: row["position"])
    assert first["predecessor"] == last


def test_turns_are_in_another_order_in_every_block_and_the_same_for_the_same_seed() -> None:
    def orders(seed: int) -> list[tuple[str, ...]]:
        replay, _ = replay_of(seed=seed)
        blocks = [replay.block([step(n, block=n)]) for n in range(20)]
        return [tuple(row["cell"] for row in rows) for rows in blocks]

    assert orders(1) == orders(1)
    assert len(set(orders(1))) > 15
    assert orders(1) != orders(2)


def test_every_cell_comes_first_about_as_often() -> None:
    replay, _ = replay_of()
    firsts = [min(replay.block([step(n, block=n)]), key=lambda row: row["position"])["cell"] for n in range(700)]
    for cell in CELLS:
        assert 60 < firsts.count(cell.name) < 150, "100 of 700 are expected"


def test_warm_up_reads_are_for_cells_with_caching_and_writes_for_all() -> None:
    replay, workers = replay_of()
    replay.block([step(0, 0, "warmup"), step(1, 0, "warmup", True, "write")])
    replay.block([step(2, 1, "warmup"), step(3, 1, "warmup", True, "write"), step(4, 1, "warmup", endpoint="new")])
    for cell in CELLS[:-1]:
        steps = [order.step for orders in workers[cell.name].asked for order in orders]
        # the first read of each endpoint is for all: it sets Django up
        assert steps == ([0, 1, 2, 3, 4] if cell.is_on("caching") else [0, 1, 3, 4])
    assert workers["reference"].asked == []


def test_a_server_error_ends_the_replay_and_its_rows_are_kept() -> None:
    workers = {cell.name: Answering("/read/" if cell.name == "queries" else None) for cell in CELLS}
    replay, _ = replay_of(workers)
    with pytest.raises(SubjectError, match=r"endpoint read, cell queries, round 1: GET /read/ answered 500"):
        replay.block([step(0)])
    assert len(replay.sample_rows) == 7, "the whole block was replayed"
    assert [row["cell"] for row in replay.sample_rows if row["error"]] == ["queries"]


def test_what_was_measured_before_a_worker_died_is_kept() -> None:
    workers = {cell.name: Answering(died_at=1 if cell.name == "twin" else None) for cell in CELLS}
    replay, _ = replay_of(workers)
    replay.block([step(0)])
    with pytest.raises(WorkerDied):
        replay.block([step(1, 1)])
    assert len([row for row in replay.sample_rows if row["block"] == 0]) == 7
    assert len(replay.trace_rows) == 2


@pytest.mark.parametrize("worker", [Answering(), Answering("/read/"), Answering(died_at=0)])
def test_a_dead_server_is_the_error_whatever_else_failed_for_it(worker: Answering) -> None:
    """Also when all seems well: a project may answer without its cache."""
    replay, _ = replay_of({cell.name: worker for cell in CELLS})
    replay.dead_server = lambda: "the private cache server has ended"
    with pytest.raises(ServerError, match=r"^endpoint read, cell \w+, round 1: the private cache server has ended"):
        replay.block([step(0)])
    assert len(replay.sample_rows) == (0 if worker.died_at == 0 else 1), "the turn is kept"


@dataclass
class Ticking:
    """A clock that goes on by itself: each reading takes half a second."""

    now: float = 0.0

    def __call__(self) -> float:
        self.now += 0.5
        return self.now


def test_a_trace_is_cut_to_what_fits_in_whole_blocks() -> None:
    replay, workers = replay_of()
    told: list[float] = []
    blocks = ([step(n * 2, n), step(n * 2 + 1, n)] for n in range(10_000))
    measured = replay_within(replay, blocks, 20.0, lambda rows, share: told.append(share), Ticking())
    assert measured == len(told) == len(workers["all_on"].asked)
    assert 5 < measured < 20
    assert {len(w.asked) for w in workers.values()} == {measured}, "the same cut for all cells"
    assert told == sorted(told) and told[-1] <= 1.0


def test_at_least_one_block_is_measured_however_long_the_warm_up_took() -> None:
    replay, _ = replay_of()
    blocks = [[step(n, n, "warmup")] for n in range(50)] + [[step(50, 50)], [step(51, 51)]]
    assert replay_within(replay, blocks, 3.0, lambda rows, share: None, Ticking()) == 1
