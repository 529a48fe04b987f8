"""`python manage.py perflab ...`: the command line, inside a Django project."""

from __future__ import annotations

import sys
from argparse import REMAINDER
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from perflab.cli.main import main


class Command(BaseCommand):
    """Passes all arguments on, so that both command lines know the same commands and options."""

    help = "Measure how much each optimisation of this project saves, and whether responses stay the same."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take all arguments as they are."""
        parser.add_argument("arguments", nargs=REMAINDER)

    def run_from_argv(self, argv: list[str]) -> None:
        """Run perflab's command line and exit with its code."""
        sys.exit(main(argv[2:], prog_name="manage.py perflab"))

    def handle(self, *arguments: str, **options: Any) -> None:
        """Run perflab's command line for `call_command("perflab", "check", path)`.

        Raises:
            CommandError: The command failed.
        """
        if main([*arguments, *options.get("arguments", [])], prog_name="manage.py perflab"):
            raise CommandError("perflab failed; its message is above")
