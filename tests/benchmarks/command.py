"""The command line that benchmarks and the self-test share: some parts of it or all, tables as JSON, turns with replays."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from tests.benchmarks.table import Table, shower

SETTINGS = {"help_option_names": ["-h", "--help"], "show_default": True}
Show = Callable[[Table], None]


def command_of(parts: Sequence[str]) -> Callable[[Callable[..., None]], click.Command]:
    """Return a decorator that makes a command of a function.

    Args:
        parts: what there is to do; the user names some of them, or none for all.

    Returns:
        A decorator. The function is called with the chosen parts, with what shows a table and keeps it, with `lock` (whether to
        take turns with replays on this machine), and with its own options.
    """

    def decorate(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def run(chosen: Sequence[str], file: Path | None, lock: bool, **options: Any) -> None:
            function(chosen or parts, shower(file), lock=lock, **options)

        json_option = click.option(
            "--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the tables as JSON, too."
        )
        lock_option = click.option("--lock/--no-lock", default=True, help="Take turns with replays on this machine.")
        argument = click.argument("chosen", nargs=-1, type=click.Choice(parts))
        return click.command(context_settings=SETTINGS)(argument(json_option(lock_option(run))))

    return decorate
