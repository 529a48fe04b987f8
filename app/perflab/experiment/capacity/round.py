"""One round of the load test: databases, caches and servers in the state of operation, then one window after the other."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from perflab.experiment.capacity import plan, usage
from perflab.experiment.capacity.generator import Generator, free_port
from perflab.experiment.capacity.plan import Segments, Timed, Window
from perflab.experiment.capacity.server import AppServer
from perflab.experiment.databases import cell_databases
from perflab.experiment.isolate.databases import as_served
from perflab.experiment.load.schedule import Request, Result
from perflab.experiment.testbed import Testbed
from perflab.experiment.workers import WorkerPool
from perflab.run.cells import Cell
from perflab.run.tables.capacity import THREAD_STATES
from perflab.run.tables.declaring import Row
from perflab.run.writer import RunWriter
from perflab.scenario.capacity import Capacity
from perflab.scenario.strict import trace_start
from perflab.worker.probes.cache.server_time import left_ms
from perflab.worker.serving import records
from perflab.worker.serving.application import NUMBER, UNNUMBERED
from perflab.worker.serving.config import ServerConfig

# When a request is given up: as late as can be told from late.
GIVEN_UP_AFTER = 50
SHORTEST_TIMEOUT_S = 10.0


@dataclass
class LoadRound:
    """One round of the load test.

    Attributes:
        testbed: What all rounds of the run share.
        writer: Writes the run's directory, where logs go.
        capacity: The load test.
        served: The load test as each cell has it: on its own server.
        cells: The cells that are loaded.
        number: Number of the round, from 1.
        generator: The load generator.
    """

    testbed: Testbed
    writer: RunWriter
    capacity: Capacity
    served: Mapping[str, Capacity]
    cells: Sequence[Cell]
    number: int
    generator: Generator

    @property
    def key(self) -> int:
        """Return the number that names key spaces and folders: no round of the run has it."""
        return self.testbed.question.profile.rounds + 1

    def play(self, guesses: Mapping[str, float], seconds: float) -> tuple[list[Row], list[Row]]:
        """Play the round and save it, also what was measured before a failure.

        Args:
            guesses: The capacity of each cell, as far as it is known.
            seconds: Seconds under load.

        Returns:
            The rows of its windows, and of their requests.
        """
        testbed, capacity = self.testbed, self.capacity
        order = random.Random(f"{testbed.seed} {self.number} order of windows")
        planned = plan.windows(capacity, self.number, guesses, seconds, order)
        if self.number == capacity.rounds:
            segment = max(window.segment for window in planned) + 1
            planned += plan.overload(capacity, guesses, len(planned), segment)
        traffic = testbed.traffic(testbed.question.profile.rounds + self.number)
        segments = Segments(traffic.blocks(), testbed.question.scenario.traffic.rate_per_s, planned)
        with ExitStack() as stack:
            stack.callback(testbed.leave_nothing)
            headers, configs = stack.enter_context(self._prepared(planned, segments))
            servers = {}
            for name, config in configs.items():  # on all cores, side by side
                servers[name] = stack.enter_context(AppServer.started(config, self.writer.log_of(f"load-{name}")))
            for server in servers.values():
                server.wait_ready(self._responds)
            with testbed.servers.pinned([pid for server in servers.values() for pid in server.pids]):
                return self._windows(planned, segments, servers, headers)

    def _responds(self, url: str) -> bool:
        """Ask a server for something that changes nothing; return whether it responds. This process may not connect itself."""
        (result,) = self.generator.send(url, SHORTEST_TIMEOUT_S, [Request(UNNUMBERED, 0.0, "", "GET", "/", {}, None)])
        return result.status is not None

    @contextmanager
    def _prepared(
        self, planned: Sequence[Window], segments: Segments
    ) -> Iterator[tuple[dict[str, dict[int, dict[str, str]]], dict[str, ServerConfig]]]:
        """Bring databases and caches into the state of operation, and log everybody in.

        Yields:
            The headers of each Step by cell, and what each cell's server is told.
        """
        testbed = self.testbed
        templates = {cell.name: testbed.prepared.templates[cell.name] for cell in self.cells}
        prefix = f"{testbed.token}_load{self.number}"
        state = testbed.warm
        caching = [cell.name for cell in self.cells if cell.name in testbed.caching]
        with cell_databases(testbed.servers.database, templates, prefix, testbed.prepared.others_of) as databases:
            configs = {cell.name: testbed.worker_config(cell, databases, self.key) for cell in self.cells}
            if state is not None:
                state.restore_files({name: testbed.folder_of(name, self.key) for name in configs}, testbed.caching)
            headers: dict[str, dict[int, dict[str, str]]] = {}
            with WorkerPool.start(configs, self.writer.log_of, {}) as pool:
                if state is not None:
                    state.restore_entries(
                        testbed.servers.cache, self.key, {name: pool.handles[name] for name in caching}
                    )
                for name, handle in pool.handles.items():
                    steps = segments.steps(window for window in planned if window.cell == name)
                    made = handle.headers(steps)
                    headers[name] = {step.step: own for step, own in zip(steps, made, strict=True)}
            at_s = 0.0 if state is None else state.history.at_s
            settings = testbed.prepared.context.settings
            start = trace_start(testbed.question.scenario.as_of, settings.get("TIME_ZONE"))
            ahead_s = start.timestamp() + at_s - time.time()
            for name in configs:
                testbed.servers.cache.end_anew(f"{self.key} {name} ", lambda ends_ms: left_ms(ends_ms, at_s))
            served = {}
            for name, config in configs.items():
                folder = Path(config.folder or "") / "records"
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                own = as_served(config.settings["DATABASES"], settings["DATABASES"])
                config = replace(config, settings={**config.settings, "DATABASES": own})
                model = self.served[name]
                memory = {} if state is None or name not in caching else state.memory_of(name)
                served[name] = ServerConfig(
                    config, model.server, model.kind.partition(" ")[2], model.workers, model.threads, free_port(), ahead_s,
                    str(folder), memory,
                )  # fmt: skip
            yield headers, served

    def _windows(
        self,
        planned: Sequence[Window],
        segments: Segments,
        servers: Mapping[str, AppServer],
        headers: Mapping[str, Mapping[int, Mapping[str, str]]],
    ) -> tuple[list[Row], list[Row]]:
        rows: list[Row] = []
        requests: list[Row] = []
        numbers: dict[str, int] = dict.fromkeys(servers, 0)
        try:
            for window in planned:
                timed, server = segments.of(window), servers[window.cell]
                first = numbers[window.cell]
                row, results = self._window(window, timed, server, headers[window.cell], first)
                numbers[window.cell] += len(timed)
                rows.append(row)
                requests += _request_rows(self.number, window, timed, results)
        finally:
            _add_records(rows, requests, servers)
            self.writer.save_load_round(self.number, rows, requests)
        return rows, requests

    def _window(
        self,
        window: Window,
        timed: Sequence[Timed],
        server: AppServer,
        headers: Mapping[int, Mapping[str, str]],
        first: int,
    ) -> tuple[Row, list[Result]]:
        """Send one window's requests; return its row and what became of them."""
        testbed = self.testbed
        row: Row = {"round": self.number, "window": window.number, "cell": window.cell, "kind": window.kind,
                    "rate_per_s": window.rate_per_s, "first": first, "count": len(timed)}  # fmt: skip
        database = str(server.config.worker.settings["DATABASES"]["default"]["NAME"])
        requests = [
            Request(first + n, each.at_s, str(each.step.user), each.step.method, each.step.path,
                    {**headers[each.step.step], NUMBER: str(first + n)}, _bytes(each.step.body))
            for n, each in enumerate(timed)
        ]  # fmt: skip
        timeout_s = max(SHORTEST_TIMEOUT_S, GIVEN_UP_AFTER * self.capacity.objective.within_s)
        clocks = {
            "app_cpu_s": lambda: usage.tree_cpu_s(server.process.pid),
            "db_cpu_s": lambda: usage.tree_cpu_s(getattr(testbed.servers.database, "pid", None)),
            "cache_cpu_s": lambda: usage.tree_cpu_s(testbed.servers.cache.pid),
            "generator_cpu_s": self.generator.cpu_s,
        }
        with usage.waits_of(testbed.servers.database, database) as waits, usage.used(clocks, row):
            results = self.generator.send(server.url, timeout_s, requests)
        return {**row, **waits.as_row()}, results


def _bytes(body: str | bytes | None) -> bytes | None:
    return body.encode() if isinstance(body, str) else body


def _request_rows(number: int, window: Window, timed: Sequence[Timed], results: Sequence[Result]) -> Iterator[Row]:
    for each, result in zip(timed, results, strict=True):
        step = each.step
        yield {
            "round": number, "window": window.number, "cell": window.cell, "endpoint": step.endpoint,
            "method": step.method, "step": step.step, "intended_s": each.at_s, "sent_s": result.sent_s,
            "first_byte_s": result.first_byte_s, "last_byte_s": result.last_byte_s, "status": result.status,
            "response_bytes": result.response_bytes, "error": result.error,
        }  # fmt: skip


def _add_records(rows: Sequence[Row], requests: Sequence[Row], servers: Mapping[str, AppServer]) -> None:
    """Add what the servers' own processes wrote down: to each request its service, to each window where threads were."""
    of_cell: dict[str, list[Row]] = {name: [] for name in servers}
    for request in requests:
        of_cell[str(request["cell"])].append(request)
    for name, server in servers.items():
        own = [row for row in rows if row["cell"] == name]
        began: dict[int, float] = {}
        samples: list[tuple[float, int]] = []
        for record in records.read(Path(server.config.records)):
            if record.number < 0:
                samples.append((record.began_s, -1 - record.number))
            elif record.number < len(of_cell[name]):
                of_cell[name][record.number].update(served_s=record.wall_s, served_cpu_s=record.cpu_s)
                began[record.number] = record.began_s
        for row in own:
            inside = [began[n] for n in range(row["first"], row["first"] + row["count"]) if n in began]
            states = dict.fromkeys(THREAD_STATES, 0)
            if inside:
                for at_s, state in samples:
                    states[THREAD_STATES[state]] += min(inside) <= at_s <= max(inside)
            looks = max(1.0, (max(inside) - min(inside)) / records.SAMPLE_EVERY_S) if inside else None
            row.update({f"in_{state}": None if looks is None else number / looks for state, number in states.items()})
    for row in rows:
        del row["first"], row["count"]
