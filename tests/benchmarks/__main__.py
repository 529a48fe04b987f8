"""`python -m tests.benchmarks [measuring|seeding|experiment]`: tables of what was measured, beside the targets.

Exit code 0 whatever the numbers are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from tests.benchmarks.table import shower

PARTS = ("measuring", "seeding", "experiment")


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--rounds", default=5, help="measuring: how often processes are started anew.")
@click.option("--blocks", default=25, help="measuring: blocks in a round, for each request.")
@click.option("--bias-rounds", default=10, help="measuring: rounds of the bias; 3 or more give an interval.")
@click.option("--repetitions", default=8, help="measuring: how often the bias repeats its requests.")
@click.option("--steps", default=40, help="measuring: requests that the bias is measured on.")
@click.option("--scale", default=1.0, help="seeding: rows for perflab and raw; 1 is a million.")
@click.option("--few", default=4000, help="seeding: rows, about, for factory_boy and bulk_create.")
@click.option("--times", default=3, help="seeding: repetitions.")
@click.option("--profile", default="smoke", help="experiment: the run's profile.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the tables as JSON, too.")
@click.option("--lock/--no-lock", default=True, help="Take turns with replays on this machine.")
def main(
    parts: Sequence[str],
    rounds: int,
    blocks: int,
    bias_rounds: int,
    repetitions: int,
    steps: int,
    scale: float,
    few: int,
    times: int,
    profile: str,
    file: Path | None,
    lock: bool,
) -> None:
    """What measuring, seeding and replaying cost. Without PARTS: all of them, about ten minutes."""
    from tests.benchmarks import bed, bias, experiment, measuring, seeding

    show = shower(file)
    wanted = parts or PARTS
    if "measuring" in wanted:
        with bed.turn(lock), bed.open_bed(bed.question()) as opened:
            show(measuring.measure(opened, rounds, blocks))
            show(bias.measure(opened, bias_rounds, repetitions, steps))
    if "seeding" in wanted:
        with bed.turn(lock):
            show(seeding.measure(scale, few, times))
    if "experiment" in wanted:
        for table in experiment.measure(profile):
            show(table)


if __name__ == "__main__":
    main()
