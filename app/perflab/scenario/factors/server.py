"""A factor that changes the server that the project runs on, which only the load test sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from perflab.scenario.capacity import ServerName
from perflab.scenario.factors.base import CellChanges, Context, Factor, cell_changes
from perflab.scenario.strict import StrictModel


class ServerModel(StrictModel):
    """What is served differently from what `capacity` says."""

    server: ServerName | None = Field(default=None, description="The server.")
    worker_class: Literal["sync", "gthread"] | None = Field(default=None, alias="class", description="Of gunicorn.")
    workers: Annotated[int, Field(ge=1, le=64)] | None = Field(default=None, description="Number of processes.")
    threads: Annotated[int, Field(ge=1, le=256)] | None = Field(default=None, description="Threads of each process.")


class ServerFactor(Factor):
    """Changes the server of the load test; without one, its cells are all alike."""

    kind: Literal["server"] = Field(description="The kind of switch.")
    when_off: ServerModel = Field(default_factory=ServerModel, description="What it changes with the switch off.")
    when_on: ServerModel = Field(description="What it changes with the switch on.")

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        words = [f"{name} {value}" for name, value in self.when_on.model_dump(by_alias=True, exclude_none=True).items()]
        return f"server: {', '.join(words)} when on"

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return what one level changes of `capacity`."""
        model = self.when_on if on else self.when_off
        return CellChanges(server=model.model_dump(by_alias=True, exclude_none=True))


def served_on(factors: Iterable[Factor], is_on: Callable[[str], bool]) -> dict[str, Any]:
    """Return what all factors together change of `capacity` in one cell.

    Args:
        factors: The scenario's factors.
        is_on: Tells the level of a factor in this cell by its name.
    """
    servers = [factor for factor in factors if isinstance(factor, ServerFactor)]
    return dict(cell_changes(servers, is_on, Context()).server)
