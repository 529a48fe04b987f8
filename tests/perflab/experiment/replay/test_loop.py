"""The loop of a round with workers that respond at once: which cell replays what, in which order, and the rows of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pytest

from perflab.errors import ServerError, SubjectError, WorkerDied
from perflab.experiment.replay import loop
from perflab.experiment.replay.loop import Replay
from perflab.experiment.replay.turns import Conditions
from perflab.experiment.responses import BlockComparison, CellDigest
from perflab.run.cells import cells_of
from perflab.run.tables import SAMPLES, Sample
from perflab.worker.protocol import Done
from perflab.workload.steps import Step

FACTORS = ("queries", "caching")
CELLS = cells_of(FACTORS)


@dataclass
class Responding:
    """A worker that responds to everything, and remembers its requests."""

    failing: str | None = None
    died_at: int | None = None
    writing_reads: frozenset[str] = frozenset()
    blocks: list[list[Step]] = field(default_factory=list)
    begun: Sequence[Step] = ()

    def begin(self, steps: Sequence[Step]) -> None:
        self.begun = steps

    def has_replied(self, steps: Sequence[Step], timeout_s: float, wait_s: float) -> bool:
        return True

    def done(self, steps: Sequence[Step], timeout_s: float) -> Done:
        assert steps is self.begun, "the Steps that have begun"
        return self.block(steps)

    def block(self, steps: Sequence[Step], timeout_s: float = 0) -> Done:
        self.blocks.append(list(steps))
        if self.died_at is not None and any(step.step == self.died_at for step in steps):
            raise WorkerDied("the worker died")
        return Done(
            [self.sample(step) for step in steps],
            statement_count=10,
            statements_between=1,
            writing_reads=self.writing_reads,
        )

    def sample(self, step: Step) -> Sample:
        failed = step.path == self.failing
        values: dict[str, object] = dict.fromkeys(Sample.__slots__)
        values |= {"step": step.step, "started_s": 100.0 + step.step, "status": 500 if failed else 200}
        values |= {"latency_s": 0.001, "error": "returned 500" if failed else None, "response_digest": "d"}
        return Sample(**values)  # type: ignore[arg-type]  # whatever a test gives


def step(number: int, block: int = 0, phase: str = "measured", writes: bool = False, endpoint: str = "read") -> Step:
    method = "POST" if writes else "GET"
    return Step(1, number, block, number / 10, phase, endpoint, method, f"/{endpoint}/", None, 5, None, writes)  # type: ignore[arg-type]  # whatever a test gives


CONDITIONS = Conditions(
    number=1,
    cells=CELLS,
    factors=FACTORS,
    databases={},
    order_seed="1",
    began_s=100.0,
)


def replay_of(workers: dict[str, Responding] | None = None, **conditions: Any) -> tuple[Replay, dict[str, Responding]]:
    workers = workers or {cell.name: Responding() for cell in CELLS}
    return Replay(replace(CONDITIONS, **conditions), workers), workers


def test_checks_are_for_all_cells_but_the_positive_control_and_the_calibration_cell() -> None:
    replay, workers = replay_of()
    replay.block([step(n, phase="check") for n in range(2)])
    assert {name: sum(map(len, worker.blocks)) for name, worker in workers.items()} == {
        "all_off": 2, "caching": 2, "queries": 2, "all_on": 2, "twin": 2, "twin_off": 2, "canary": 0, "reference": 0,
    }  # fmt: skip
    assert {row["phase"] for row in (*replay.rows.samples, *replay.rows.trace)} == {"check"}


class Counting:
    """Counters of the servers that count their readings."""

    def __init__(self) -> None:
        self.readings = 0

    def read(self, database: str) -> dict[str, int | None]:
        self.readings += 1
        return {"rows_read": self.readings, "wal_bytes": None}


class Together(Responding):
    """A worker that says when others are at work."""

    at_work: ClassVar[set[int]] = set()
    most: ClassVar[int] = 0

    def begin(self, steps: Sequence[Step]) -> None:
        super().begin(steps)
        self.at_work.add(id(self))
        Together.most = max(Together.most, len(self.at_work))

    def done(self, steps: Sequence[Step], timeout_s: float) -> Done:
        self.at_work.remove(id(self))
        return super().done(steps, timeout_s)


def test_cells_execute_checks_at_once_and_each_keeps_its_place_and_all_else_takes_turns() -> None:
    databases = {cell.name: cell.name for cell in CELLS if cell.role != "reference"}
    replay, _ = replay_of({cell.name: Together() for cell in CELLS}, databases=databases)
    replay.counters = Counting()  # type: ignore[assignment]  # what a round needs of them
    replay.cells_at_once = 2
    replay.block([step(0, phase="warmup")])
    replay.block([step(1, 1, phase="check"), step(2, 1, phase="check")])
    replay.block([step(3, 2)])
    checks = [row for row in replay.rows.samples if row["phase"] == "check"]
    assert len(checks) == 2 * 6
    assert Together.most == 2 and not Together.at_work
    assert len({row["position"] for row in checks}) == 6
    assert {row["block"] for row in replay.rows.counters} == {0, 2}, "the servers cannot tell cells that run at once"
    assert replay.sent["all_on"] == 2 * 10 + 3


def test_a_worker_that_dies_in_a_check_ends_the_round_whoever_else_is_at_work() -> None:
    replay, _ = replay_of({cell.name: Responding(died_at=1 if cell.name == "twin" else None) for cell in CELLS})
    replay.cells_at_once = 2
    with pytest.raises(WorkerDied):
        replay.block([step(1, phase="check")])
    checked = {cell.name for cell in CELLS if cell.role not in ("canary", "reference")}
    assert {row["cell"] for row in replay.rows.samples} == checked - {"twin"}, "what the others returned is kept"


def test_a_server_that_dies_in_checks_is_reported_with_the_cell_whose_request_failed() -> None:
    responding = {cell.name: Responding(failing="/read/" if cell.name == "twin_off" else None) for cell in CELLS}
    for seed in range(3):  # whichever cell comes first
        replay, _ = replay_of(dict(responding), order_seed=str(seed))
        replay.cells_at_once, replay.dead_server = 2, lambda: "the private PostgreSQL has ended"
        with pytest.raises(ServerError, match="has ended") as error:
            replay.block([step(1, phase="check")])
        assert error.value.where == "endpoint read, cell twin_off, round 1"


def test_statements_are_counted_outside_of_measured_blocks_and_those_of_logins_whichever_block_reports_them() -> None:
    replay, _ = replay_of()
    replay.block([step(0, phase="warmup")])
    replay.block([step(1)])
    assert replay.sent["all_on"] == 10 + 1 + 1


def test_a_row_has_the_digest_after_the_comparison_and_the_rows_of_a_failed_slice_the_workers() -> None:
    class Correcting:
        def compare(self, digests: Iterable[CellDigest]) -> BlockComparison:
            return BlockComparison({(d.step, d.cell): "corrected" for d in digests if d.step == 1}, [{"step": 1}])

    workers = {cell.name: Responding(died_at=2 if cell.name == "queries" else None) for cell in CELLS}
    replay, _ = replay_of(workers)
    replay.comparator = Correcting()  # type: ignore[assignment]  # what a round needs of one
    rows = replay.block([step(0), step(1)])
    assert {(row["step"], row["response_digest"]) for row in rows if row["role"] != "reference"} == {
        (0, "d"), (1, "corrected"),
    }  # fmt: skip
    assert replay.rows.differences == [{"step": 1}]
    with pytest.raises(WorkerDied):
        replay.block([step(2)])
    assert {row["response_digest"] for row in replay.rows.samples[len(rows) :]} == {"d"}


def test_the_responses_of_each_block_are_compared() -> None:
    class Comparing:
        def __init__(self) -> None:
            self.seen: list[int] = []

        def compare(self, digests: Iterable[CellDigest]) -> BlockComparison:
            self.seen.append(len(list(digests)))
            return BlockComparison()

    replay, _ = replay_of()
    replay.comparator = comparing = Comparing()  # type: ignore[assignment]  # what a round needs of one
    replay.block([step(0), step(1)])
    replay.block([step(2, 1)])
    assert comparing.seen == [14, 7], "the calibration request is not compared"


def test_every_cell_replays_a_block_and_the_calibration_cell_two_requests() -> None:
    replay, workers = replay_of()
    rows = replay.block([step(0), step(1)])
    assert {name: len(w.blocks[0]) for name, w in workers.items()} == {
        "all_off": 2, "caching": 2, "queries": 2, "all_on": 2, "twin": 2, "twin_off": 2, "canary": 2, "reference": 2,
    }  # fmt: skip
    assert len(rows) == 16
    assert len({(row["round"], row["step"], row["cell"]) for row in rows}) == 16
    assert set(rows[0]) == set(SAMPLES.with_factors(FACTORS).names)


def test_cells_take_a_few_steps_of_a_measured_block_at_a_time_and_the_reference_two() -> None:
    replay, workers = replay_of(slice=2)
    rows = replay.block([step(n) for n in range(5)])
    assert {name: [len(block) for block in w.blocks] for name, w in workers.items() if name != "reference"} == {
        name: [2, 2, 1] for name in ("all_off", "caching", "queries", "all_on", "twin", "twin_off", "canary")
    }
    assert [len(block) for block in workers["reference"].blocks] == [2, 2, 1]
    turns = [rows[:16], rows[16:32], rows[32:]]
    for steps, turn in zip(({0, 1}, {2, 3}, {4}), turns, strict=True):
        assert {row["step"] for row in turn} == steps, "no cell goes on before all had their turn"
        assert {row["position"] for row in turn if row["cell"] != "reference"} <= set(range(8))
    assert len({tuple(dict.fromkeys(row["cell"] for row in turn if row["cell"] != "reference")) for turn in turns}) > 1


def test_the_warm_up_and_the_checks_go_a_block_at_a_time() -> None:
    replay, workers = replay_of(slice=2)
    replay.block([step(n, phase="warmup") for n in range(5)])
    replay.block([step(n, 1, phase="warmup") for n in range(5)])
    replay.block([step(n, 2, phase="check") for n in range(5)])
    assert [len(block) for block in workers["all_on"].blocks] == [5, 5, 5]


def test_reads_of_the_warm_up_that_write_are_noted() -> None:
    """A page that counts its views: what a fresh process responds to it says nothing."""
    replay, _ = replay_of({cell.name: Responding(writing_reads=frozenset({"read"})) for cell in CELLS})
    replay.block([step(0, phase="warmup")])
    assert replay.writing_reads == {"read"}


def test_responses_are_compared_before_a_worker_takes_its_next_turn() -> None:
    class Comparing:
        def __init__(self) -> None:
            self.seen: list[set[int]] = []

        def compare(self, digests: Iterable[CellDigest]) -> BlockComparison:
            self.seen.append({digest.step for digest in digests})
            return BlockComparison()

    replay, _ = replay_of(slice=2)
    replay.comparator = comparing = Comparing()  # type: ignore[assignment]  # what a round needs of one
    replay.block([step(n) for n in range(3)])
    assert comparing.seen == [{0, 1}, {2}]


def test_what_the_servers_counted_in_turns_is_one_row_of_the_block() -> None:
    databases = {cell.name: cell.name for cell in CELLS if cell.role != "reference"}
    replay, _ = replay_of(slice=2, databases=databases)
    replay.counters = Counting()  # type: ignore[assignment]  # what a round needs of them
    replay.memory = {"all_on": 9_000_000}.get
    replay.block([step(n) for n in range(4)])
    assert len(replay.rows.counters) == 7
    assert {row["cell"] for row in replay.rows.counters if row["memory_bytes"] == 9_000_000} == {"all_on"}
    assert {(row["block"], row["rows_read"], row["wal_bytes"]) for row in replay.rows.counters} == {(0, 2, None)}


def test_a_row_says_where_it_stands() -> None:
    replay, _ = replay_of()
    rows = replay.block([step(7, block=3)])
    by_position = sorted(rows, key=lambda row: row["position"])
    assert [row["position"] for row in by_position] == list(range(8))
    assert [row["predecessor"] for row in by_position] == [None, *(row["cell"] for row in by_position[:-1])]
    sampled = next(row for row in rows if row["cell"] == "queries")
    assert (sampled["queries"], sampled["caching"], sampled["role"], sampled["block"]) == ("on", "off", "treatment", 3)
    assert sampled["started_s"] == pytest.approx(7.0), "seconds since the run began"
    assert sampled["user"] == "5"
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
        replay, _ = replay_of(order_seed=str(seed))
        blocks = [replay.block([step(n, block=n)]) for n in range(20)]
        return [tuple(row["cell"] for row in rows) for rows in blocks]

    assert orders(1) == orders(1)
    assert len(set(orders(1))) > 15
    assert orders(1) != orders(2)


def test_every_cell_comes_first_about_as_often() -> None:
    replay, _ = replay_of()
    firsts = [min(replay.block([step(n, block=n)]), key=lambda row: row["position"])["cell"] for n in range(700)]
    for cell in CELLS:
        assert 50 < firsts.count(cell.name) < 140, "88 of 700 are expected"


def test_the_warm_up_is_for_all_cells_and_is_no_turn_of_the_calibration_request() -> None:
    replay, workers = replay_of()
    replay.block([step(0, 0, "warmup"), step(1, 0, "warmup", True, "write"), step(2, 0, "warmup", endpoint="new")])
    assert {cell.name: len(workers[cell.name].blocks) for cell in CELLS} == {
        cell.name: 0 if cell.role == "reference" else 1 for cell in CELLS
    }
    assert {row["phase"] for row in replay.rows.samples} == {"warmup"}


def test_a_request_that_fails_in_one_cell_goes_on_and_its_row_says_so() -> None:
    workers = {cell.name: Responding("/read/" if cell.name == "queries" else None) for cell in CELLS}
    replay, _ = replay_of(workers)
    for number in range(50):
        replay.block([step(number)])
    assert {row["cell"] for row in replay.rows.samples if row["error"]} == {"queries"}


def test_a_round_ends_where_most_requests_fail_in_every_cell_and_its_rows_are_kept() -> None:
    replay, _ = replay_of({cell.name: Responding("/read/") for cell in CELLS})
    steps = [step(n, endpoint="read" if n % 2 else "other") for n in range(20)]
    replay.block(steps)
    what = (
        r"^endpoint read, cell \w+, round 1: 12 of 23 requests failed in every cell; the first: GET /read/ returned 500"
    )
    with pytest.raises(SubjectError, match=what):
        replay.block([step(20, 1), step(21, 1), step(22, 1, endpoint="other")])
    assert len(replay.rows.samples) > 20 * 6, "the whole block was replayed"


def test_what_was_measured_before_a_worker_died_is_kept() -> None:
    workers = {cell.name: Responding(died_at=1 if cell.name == "twin" else None) for cell in CELLS}
    replay, _ = replay_of(workers)
    replay.block([step(0)])
    with pytest.raises(WorkerDied):
        replay.block([step(1, 1)])
    assert len([row for row in replay.rows.samples if row["block"] == 0]) == 8
    assert len(replay.rows.trace) == 2


@pytest.mark.parametrize("worker", [Responding(), Responding("/read/"), Responding(died_at=0)])
def test_a_dead_server_is_the_error_whatever_else_failed_for_it(worker: Responding) -> None:
    """Also when all seems well: a project may answer without its cache."""
    replay, _ = replay_of({cell.name: worker for cell in CELLS})
    replay.dead_server = lambda: "the private cache server has ended"
    with pytest.raises(ServerError, match=r"^endpoint read, cell \w+, round 1: the private cache server has ended"):
        replay.block([step(0)])
    assert len(replay.rows.samples) == (0 if worker.died_at == 0 else 1), "the turn is kept"


class Refused(Responding):
    """A worker whose turn ends with a connection that a server refuses."""

    def block(self, steps: Sequence[Step], timeout_s: float = 0) -> Done:
        raise ServerError("cannot connect to database postgres")


def test_a_server_that_is_ending_refuses_connections_before_it_is_gone() -> None:
    answers = iter([None, None, "the private PostgreSQL has ended"])

    replay, _ = replay_of({cell.name: Refused() for cell in CELLS})
    replay.dead_server = lambda: next(answers)
    with pytest.raises(ServerError, match="the private PostgreSQL has ended"):
        replay.block([step(0)])


def test_a_connection_that_a_living_server_refuses_is_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "ENDING_S", 0.0)

    replay, _ = replay_of({cell.name: Refused() for cell in CELLS})
    with pytest.raises(ServerError, match="cannot connect"):
        replay.block([step(0)])
