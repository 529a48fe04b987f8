"""`python -m tests.selftest [PART]...`: how often the lab is right, beside the targets.

Exit code 0 whatever the numbers are.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from tests.benchmarks.command import Show, command_of
from tests.selftest.parallel import cores

PARTS = ("simulated", "gate", "revisions", "history", "real", "speed", "capacity")


@command_of(PARTS)
@click.option("--simulations", default=2000, help="simulated: runs for most rows.")
@click.option("--processes", default=cores(), help="simulated: processes that share them.")
@click.option("--pairs", default=200, help="gate: pairs of simulated runs of the same code.")
@click.option("--changed", default=20, help="gate: pairs of simulated runs for each change.")
@click.option("--real", "real_pairs", default=0, help="gate: pairs of real smoke runs of the same code.")
@click.option(
    "--compared", default=400, help="revisions: simulated duels of identical code; a quarter of them with each change."
)
@click.option("--series", default=1000, help="history: simulated series of each kind.")
@click.option("--duels", default=200, help="real: duels of two identical cells.")
@click.option("--rounds", default=8, help="real: rounds of such a duel.")
@click.option("--slow-duels", default=10, help="real: duels with a slow-down of 1%.")
@click.option("--slow-rounds", default=24, help="real: rounds of one of them.")
@click.option("--seconds", default=60.0, help="real: seconds that one of them replays.")
@click.option("--runs", default=0, help="real: whole runs, each with its own data.")
@click.option("--first-seed", default=1, help="real, gate: the first one's seed; the others' follow it.")
@click.option("--minutes", default=120.0, help="real: no run is begun that would not end within so many.")
@click.option("--profile", default="default", help="real: the profile of the runs.")
@click.option("--load-tests", default=100, help="capacity: simulated load tests of each kind; 0 for none.")
@click.option("--planted", default=12.0, help="capacity: seconds under load for each planted bottleneck; 0 for none.")
@click.option("--rows", default=10_000_000, help="speed: samples.")
def main(
    parts: Sequence[str],
    show: Show,
    lock: bool,
    simulations: int,
    processes: int,
    pairs: int,
    changed: int,
    real_pairs: int,
    compared: int,
    series: int,
    duels: int,
    rounds: int,
    slow_duels: int,
    slow_rounds: int,
    seconds: float,
    runs: int,
    first_seed: int,
    minutes: float,
    profile: str,
    load_tests: int,
    planted: float,
    rows: int,
) -> None:
    """Show how often intervals and verdicts are right. Without a part: all of them, about an hour; whole runs with --runs."""
    from tests.benchmarks import bed
    from tests.selftest import bottlenecks, gate, history, load, real, revisions, simulated, speed
    from tests.selftest import runs as whole
    from tests.selftest.parallel import Processes

    if "simulated" in parts:
        with bed.turn(lock):
            for table in simulated.tables(simulations, processes):
                show(table)
    if "gate" in parts:
        if pairs:
            with bed.turn(lock):
                for table in gate.tables(pairs, changed, processes):
                    show(table)
        if real_pairs:
            show(gate.real_table(real_pairs, first_seed))
    if "revisions" in parts and compared:
        with bed.turn(lock):
            for table in revisions.tables(compared, max(compared // 4, 1), processes):
                show(table)
    if "history" in parts and series:
        for table in history.tables(series, processes):
            show(table)
    if "capacity" in parts and load_tests:
        with bed.turn(lock), Processes(processes) as shared:
            show(load.table(shared, load_tests))
    if "capacity" in parts and planted:
        show(bottlenecks.table(planted))
    if "speed" in parts:
        with bed.turn(lock):
            show(speed.table(rows))
    sizes = real.Sizes(duels, rounds, slow=slow_duels, slow_rounds=slow_rounds, seconds=seconds)
    if "real" in parts and (sizes.duels or sizes.slow):
        with bed.turn(lock), bed.open_bed(bed.question()) as opened:
            for table in real.tables(opened, sizes):
                show(table)
    if "real" in parts and runs:
        show(whole.table(runs, minutes, profile, first_seed))


if __name__ == "__main__":
    main()
