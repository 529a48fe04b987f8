"""Rows that a command of the project's makes (`data: {from: command}`): `manage.py COMMAND`, where the project is."""

from __future__ import annotations

import shlex
import time
from typing import Any

from perflab.errors import InputError
from perflab.seeding.calling import call, command_code
from perflab.seeding.loading.drawing import LoadProgress
from perflab.seeding.sources.base import DataSource, Filled, Ground
from perflab.seeding.sources.counted import counted


class Command(DataSource):
    """Rows that a command makes."""

    @property
    def words(self) -> list[str]:
        """The command and its arguments.

        Raises:
            InputError: A quotation in it has no end.
        """
        try:
            words = shlex.split(str(self.spec.data["command"]))
        except ValueError as error:
            raise InputError(
                f"data.command: {error}", hint="write it as in a shell, without python manage.py"
            ) from error
        if len(words) > 1 and words[0].startswith("python"):
            words = words[1:]
        return words[1:] if len(words) > 1 and words[0].endswith("manage.py") else words

    def inputs(self) -> dict[str, Any]:
        """Return the command, and a digest of its code and of what that uses from its own package."""
        words = self.words
        return {
            "data": {"from": "command", "command": words, "schema": self.spec.schema},
            "project": command_code(words[0]),
        }

    def prepare(self) -> list[str]:
        """Find out whether the project has the command."""
        command_code(self.words[0])
        return [f"rows that `manage.py {self.words[0]}` makes"]

    def fill(self, ground: Ground) -> Filled:
        """Make the tables, and call the command.

        Args:
            ground: The databases.
        """
        name, *arguments = self.words
        ground.make_tables(self.spec.schema)
        ground.report(LoadProgress(f"manage.py {name}", 0, 0))
        began = time.monotonic()
        call(name, arguments, "data.command")
        return counted(ground, self.spec.settings, time.monotonic() - began, self.prepare())
