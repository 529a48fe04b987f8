"""The load test of a scenario: on which server the project runs, what counts as good enough, and how long to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from perflab.run.cells import BASELINE, OPTIMISED
from perflab.scenario.strict import Positive, StrictModel, Text

ServerName = Literal["gunicorn", "granian", "uvicorn"]
WORKER_CLASSES = ("sync", "gthread")


class Objective(StrictModel):
    """What counts as good enough: capacity is the highest rate at which it is met."""

    percentile: Annotated[float, Field(ge=50, le=99.9)] = Field(
        default=95, description="Percentage of the requests whose response comes within `within_s`."
    )
    within_s: Positive = Field(default=0.2, description="Seconds from the intended time of a request to its last byte.")
    errors: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.001, description="Highest share of requests that fail: no response, or a status of 500 or above."
    )

    @property
    def late_share(self) -> float:
        """Return the share of requests that may be late."""
        return 1 - self.percentile / 100


class Capacity(StrictModel):
    """The load test: the project on a real server, with requests at their own times, whatever became of those before."""

    server: ServerName = Field(
        default="gunicorn", description="The server that the project runs on; its package has to be installed there."
    )
    worker_class: Literal["sync", "gthread"] | None = Field(
        default=None, alias="class", description="Of gunicorn. Default: gthread with several threads, else sync."
    )
    workers: Annotated[int, Field(ge=1, le=64)] = Field(default=2, description="Number of the server's processes.")
    threads: Annotated[int, Field(ge=1, le=256)] = Field(default=1, description="Number of threads of each process.")
    objective: Objective = Field(default_factory=Objective, description="What counts as good enough.")
    think_s: Annotated[float, Field(ge=0)] = Field(
        default=5, description="Seconds between a response and the same user's next request; turns rates into users."
    )
    cells: list[Text] = Field(
        default_factory=lambda: [BASELINE, OPTIMISED],
        min_length=1,
        description="The cells to load: all_off and all_on, and perhaps controls or other combinations of factors; the only one "
        "without factors.",
    )
    seconds: Positive = Field(default=120, description="Seconds under load, the total of all cells and rounds.")
    rounds: Annotated[int, Field(ge=3, le=100)] = Field(
        default=6,
        description="Number of rounds, each on fresh databases, servers and caches; intervals are over rounds.",
    )
    cores: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="Number of cores for the server, the database and the cache. Default: all but the load generator's.",
    )

    @model_validator(mode="after")
    def _class_fits(self) -> Capacity:
        if self.worker_class is not None and self.server != "gunicorn":
            raise ValueError(f"`class` is for gunicorn, and the server is {self.server}")
        if self.worker_class == "sync" and self.threads > 1:
            raise ValueError("gunicorn's sync workers have no threads; remove `threads`, or write `class: gthread`")
        return self

    def on(self, changes: Mapping[str, Any]) -> Capacity:
        """Return the load test on another server.

        Args:
            changes: Keys of it: server, class, workers, threads.

        Raises:
            ValidationError: They do not fit together.
        """
        own = self.model_dump(by_alias=True)
        if changes.get("server", self.server) != "gunicorn" or "threads" in changes:
            own["class"] = None
        return Capacity.model_validate({**own, **changes})

    def loaded(self, factors: Sequence[str]) -> list[str]:
        """Return the cells to load: those of `cells`, and without factors the only one there is.

        Args:
            factors: The scenario's factors.
        """
        return [BASELINE] if not factors and self.cells == [BASELINE, OPTIMISED] else self.cells

    @property
    def slots(self) -> int:
        """Return how many requests the server serves at once."""
        return self.workers * self.threads

    @property
    def kind(self) -> str:
        """Return the server with its class, as people write it: gunicorn gthread."""
        if self.server != "gunicorn":
            return self.server
        return f"gunicorn {self.worker_class or ('gthread' if self.threads > 1 else 'sync')}"
