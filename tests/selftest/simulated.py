"""All tables from synthetic rounds, and the method of before beside today's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.benchmarks.table import Table
from tests.selftest import (
    controls,
    coverage,
    detection,
    estimates,
    families,
    mix,
    power,
    printed,
    sidebyside,
    stopping,
)
from tests.selftest.parallel import Processes

# Those whose figures stand beside the ones of before.
COMPARED: tuple[Callable[[Processes, int], Table], ...] = (
    estimates.table,
    printed.table,
    estimates.rate_table,
    detection.table,
    controls.table,
    mix.table,
)


def tables(runs: int, processes: int) -> Iterator[Table]:
    """`runs` synthetic runs for each row; fewer where rounds are long."""
    with Processes(processes) as workers:
        measured = []
        for table in COMPARED:
            measured.append(table(workers, runs))
            yield measured[-1]
        yield sidebyside.table(measured)
        yield from coverage.tables(workers, runs)
        yield stopping.table(workers, runs)
        yield families.table(workers, runs)
        yield power.table(workers, runs)
