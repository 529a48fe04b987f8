"""`python -m tests.faults [NAME ...] [--sound N]`: the table of faults: found or not, as what, after how many requests.

It is a check: exit code 1 where a fault is not found or not named for what it is, or where a sound marketplace has a finding.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click
import django

from tests.benchmarks.command import SETTINGS
from tests.benchmarks.table import Table, say
from tests.faults import Expected, corpus, fault, names
from tests.faults.corpus import Outcome

HEADINGS = ("fault", "found", "class", "endpoint", "factors", "after requests", "other findings")


@click.command(context_settings=SETTINGS)
@click.argument("wanted", nargs=-1, type=click.Choice(names()), metavar="[NAME]...")
@click.option("--sound", default=0, help="So many runs of the sound marketplace, each with a seed of its own.")
@click.option("--first-seed", default=1, help="The seed of the first of them; the next ones follow.")
@click.option("--profile", default="smoke", help="The runs' profile.")
def main(wanted: Sequence[str], sound: int, first_seed: int, profile: str) -> None:
    """Run each fault once, or only those that are named; none where only --sound is given. A run takes a minute."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_config.settings")
    django.setup()  # a fault imports what it spoils; it is installed in the workers alone
    missed = _faults(wanted or ([] if sound else names()), profile)
    alarms = _sound(range(first_seed, first_seed + sound), profile)
    sys.exit(1 if missed or alarms else 0)


def _faults(chosen: Sequence[str], profile: str) -> int:
    """Run these and print their table; how many were not found."""
    table = Table("Faults", HEADINGS)
    missed = 0
    for number, name in enumerate(chosen, 1):
        expected = fault(name).EXPECTED
        try:
            outcome = corpus.run(name, profile)
        except RuntimeError as error:  # the others are to have their turn
            say(f"faults: {name}: {error}")
            outcome = Outcome([], None)
        table.rows.append(_row(name, expected, outcome))
        is_named = outcome.named(expected) is not None
        missed += not is_named
        say(f"faults: {number} of {len(chosen)}: {name}: {'found' if is_named else 'NOT FOUND'}")
    if table.rows:
        click.echo(table.text() + "\n")
    return missed


def _row(name: str, expected: Expected, outcome: Outcome) -> list[str]:
    """A fault's row; what was expected stands in brackets where it was not found."""
    finding = outcome.named(expected)
    others = "; ".join(outcome.others(expected)) or "-"
    if finding is None:
        return [name, "no", f"({expected.kind})", "-", f"({_listed(expected.factors)})", "-", others]
    place = finding["endpoint"] or finding["index"]
    return [
        name, "yes", finding["class"], place, _listed(finding["factors"]), f"{outcome.requests:,}", others,
    ]  # fmt: skip


def _listed(factors: Sequence[str]) -> str:
    return "+".join(factors) or "none"


def _sound(seeds: Sequence[int], profile: str) -> int:
    """Run the marketplace without a fault, and print every finding that it has all the same; how many there are."""
    alarms = []
    for number, seed in enumerate(seeds, 1):
        outcome = corpus.run(None, profile, seed)
        alarms += [f"seed {seed}: {finding['sentence']}" for finding in outcome.findings]
        say(f"faults: sound run {number} of {len(seeds)}: {len(outcome.findings)} findings")
    if seeds:
        click.echo(f"False alarms in {len(seeds)} runs of the sound marketplace: {len(alarms)}")
        for alarm in alarms:
            click.echo(f"  {alarm}")
    return len(alarms)


if __name__ == "__main__":
    main()
