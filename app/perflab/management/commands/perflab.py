"""`python manage.py perflab ...`: the command line, inside a Django project."""

from __future__ import annotations

import sys
from argparse import REMAINDER
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from perflab.cli.main import main


class Command(BaseCommand):
    """Passes everything on, so that both ways know the same commands and options."""

    help = "Measure what each optimisation of this project buys, and whether the answers stayed the same."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("arguments", nargs=REMAINDER)

    def run_from_argv(self, argv: list[str]) -> None:
        sys.exit(main(argv[2:], prog_name="manage.py perflab"))

    def handle(self, *arguments: str, **options: Any) -> None:
        """For `call_command("perflab", "check", path)`."""
        if main([*arguments, *options.get("arguments", [])], prog_name="manage.py perflab"):
            raise CommandError("perflab failed; its message is above")
