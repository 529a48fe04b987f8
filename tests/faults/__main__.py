"""`python -m tests.faults [NAME ...] [--sound N]`: the table of faults: found or not, as what, after how many requests."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click
import django

from tests.benchmarks.table import Table, say
from tests.faults import corpus, fault, names


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("wanted", nargs=-1, type=click.Choice(names()), metavar="[NAME]...")
@click.option("--sound", default=0, help="So many runs of the sound marketplace, each with a seed of its own.")
@click.option("--profile", default="smoke", help="The runs' profile.")
def main(wanted: Sequence[str], sound: int, profile: str) -> None:
    """Run each fault once, or only those that are named; none where only --sound is given. A run takes a minute."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_config.settings")
    django.setup()  # a fault imports what it spoils; it is installed in the workers alone
    chosen = wanted or ([] if sound else names())
    table = Table("Faults", ("fault", "found", "class", "endpoint", "factors", "after requests", "other findings"))
    for number, name in enumerate(chosen, 1):
        expected = fault(name).EXPECTED
        found = corpus.run(name, profile)
        finding = found.named(expected)
        others = sorted({f"{one['class']} {one['endpoint'] or one['table']}" for one in found.findings if one is not finding})
        table.rows.append(
            [
                name,
                "yes" if finding else "no",
                finding["class"] if finding else f"({expected.kind})",
                finding["endpoint"] if finding else "-",
                "+".join(finding["factors"] if finding else expected.factors),
                f"{found.requests:,}" if found.requests is not None else "-",
                "; ".join(others) or "-",
            ]
        )
        say(f"faults: {number} of {len(chosen)}: {name}: {'found' if finding else 'NOT FOUND'}")
    if table.rows:
        click.echo(table.text() + "\n")
    alarms = []
    for seed in range(1, sound + 1):
        found = corpus.run(None, profile, seed)
        alarms += [f"seed {seed}: {one['sentence']}" for one in found.findings]
        say(f"faults: sound run {seed} of {sound}: {len(found.findings)} findings")
    if sound:
        click.echo(f"False alarms in {sound} runs of the sound marketplace: {len(alarms)}")
        for alarm in alarms:
            click.echo(f"  {alarm}")


if __name__ == "__main__":
    main()
