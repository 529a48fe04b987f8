"""All tables from synthetic rounds."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.table import Table
from tests.selftest import controls, coverage, detection, estimates, families, power, stopping
from tests.selftest.parallel import Processes


def tables(runs: int, processes: int) -> Iterator[Table]:
    """`runs` synthetic runs for each row; fewer where rounds are long."""
    with Processes(processes) as workers:
        yield estimates.table(workers, runs)
        yield estimates.rate_table(workers, runs)
        yield detection.table(workers, runs)
        yield controls.table(workers, runs)
        yield from coverage.tables(workers, runs)
        yield stopping.table(workers, runs)
        yield families.table(workers, runs)
        yield power.table(workers, runs)
