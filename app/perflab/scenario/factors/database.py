"""A factor that changes parameters of PostgreSQL for the project's connections: jit, work_mem, random_page_cost ...

It cannot tell of parameters that only a server's start sets, such as shared_buffers, and nothing where another process connects.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from perflab.scenario.factors.base import CellChanges, Context, Factor, Project
from perflab.scenario.source import Problem

Parameter = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_.]*$")]
Value = Annotated[str, StringConstraints(pattern=r"^[^\s\\']+$")] | int | float


class DatabaseFactor(Factor):
    """Changes parameters of PostgreSQL."""

    kind: Literal["database"] = Field(description="The kind of switch.")
    when_off: dict[Parameter, Value] = Field(default_factory=dict, description="Parameters with the switch off.")
    when_on: dict[Parameter, Value] = Field(default_factory=dict, description="Parameters with the switch on.")

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        on = [f"{name} = {value}" for name, value in self.when_on.items()]
        off = [f"{name} = {value}" for name, value in self.when_off.items()]
        return f"database: {', '.join(on) or 'as it is'} when on, {', '.join(off) or 'as it is'} when off"

    def problems(self, project: Project) -> Iterator[Problem]:
        """Yield a problem where the database is another one."""
        if project.database == "sqlite":
            yield Problem(
                ("kind",), "parameters are PostgreSQL's, and the project is measured on SQLite", "remove the factor"
            )

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return the parameters as options of a connection."""
        values = self.when_on if on else self.when_off
        options = " ".join(f"-c {name}={value}" for name, value in values.items())
        return CellChanges(database_options={"options": options} if options else {})
