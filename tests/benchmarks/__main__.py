"""`python -m tests.benchmarks [PART ...]`: tables of what was measured, beside the targets.

Exit code 0 whatever the numbers are.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from tests.benchmarks.command import Show, command_of

PARTS = ("measuring", "seeding", "experiment", "analysis", "evidence", "capacity", "copy", "matrix")


@command_of(PARTS)
@click.option("--rounds", default=16, help="measuring: how often processes are started anew.")
@click.option("--blocks", default=8, help="measuring: blocks in a round, for each request.")
@click.option("--bias-rounds", default=10, help="measuring: rounds of the bias; 3 or more give an interval.")
@click.option("--repetitions", default=8, help="measuring: how often the bias repeats its requests.")
@click.option("--steps", default=40, help="measuring: requests that the bias is measured on.")
@click.option("--scale", default=1.0, help="seeding: rows for perflab and raw; 1 is a million.")
@click.option("--few", default=4000, help="seeding: rows, about, for factory_boy and bulk_create.")
@click.option("--times", default=3, help="seeding, capacity, copy: repetitions.")
@click.option("--size", default=256, help="copy: MiB of the database, about.")
@click.option("--profile", default="smoke", help="experiment, evidence: the runs' profile.")
@click.option(
    "--before", help="analysis, evidence: the revision to compare with, such as 0e9dee5; both are left out without."
)
@click.option("--pairs", default=6, help="evidence: runs of each revision.")
@click.option("--points", default=3, help="matrix: points.")
@click.option("--point-s", default=60.0, help="matrix: seconds that a point takes.")
@click.option("--samples", default=10_000_000, help="analysis: samples.")
@click.option("--repeat", default=3, help="analysis: repetitions.")
def main(
    parts: Sequence[str],
    show: Show,
    lock: bool,
    rounds: int,
    blocks: int,
    bias_rounds: int,
    repetitions: int,
    steps: int,
    scale: float,
    few: int,
    times: int,
    size: int,
    profile: str,
    before: str | None,
    pairs: int,
    points: int,
    point_s: float,
    samples: int,
    repeat: int,
) -> None:
    """Show what measuring, seeding, replaying and analysing cost. Without a part: all of them, about a quarter of an hour."""
    from tests.benchmarks import (
        analysis,
        bed,
        bias,
        copying,
        evidence,
        experiment,
        generating,
        matrix,
        measuring,
        seeding,
    )

    if "measuring" in parts:
        with bed.turn(lock), bed.open_bed(bed.question()) as opened:
            show(measuring.measure(opened, rounds, blocks))
            show(bias.measure(opened, bias_rounds, repetitions, steps))
    if "seeding" in parts:
        with bed.turn(lock):
            show(seeding.measure(scale, few, times))
    if "experiment" in parts:
        for table in experiment.measure(profile):
            show(table)
    if "analysis" in parts and before:
        with bed.turn(lock):
            show(analysis.measure(before, samples, repeat))
    if "capacity" in parts:
        with bed.turn(lock):
            show(generating.measure(times))
    if "copy" in parts:
        with bed.turn(lock):
            show(copying.measure(size, times))
    if "matrix" in parts:
        show(matrix.measure(points, point_s))
    if "evidence" in parts and before:
        show(evidence.measure(before, profile, pairs))


if __name__ == "__main__":
    main()
