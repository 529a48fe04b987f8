"""The scenario file as types: each key with its unit and its limits.

Types are strict: text is not a number, and `on` is not a boolean. rules.py checks the keys against each other,
project_checks.py checks them against the Django project. The descriptions become the editor's help through schema.json.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import Field, PrivateAttr, field_validator

from perflab.errors import InputError
from perflab.run.metrics import CLAIM_METRICS, current_name, metric_of
from perflab.scenario.capacity import Capacity
from perflab.scenario.factors import CLASSES
from perflab.scenario.factors.base import Factor
from perflab.scenario.keys.data import Data
from perflab.scenario.keys.expect import Expect
from perflab.scenario.keys.profile import Profile
from perflab.scenario.keys.subject import Subject
from perflab.scenario.source import Source
from perflab.scenario.strict import (
    Name,
    Positive,
    StrictModel,
    Text,
)
from perflab.scenario.traffic import Endpoint, Traffic

if TYPE_CHECKING:
    AnyFactor = Factor
else:
    # The union of all kinds is known when the registry has been read: to a type checker any of them is a Factor.
    AnyFactor = Annotated[Union[CLASSES], Field(discriminator="kind")]  # noqa: UP007 - `|` cannot join a tuple


class Claimed(StrictModel):
    """The claimed levels in their original words; the page shows them beside the measured ones."""

    before: str | int | float | None = Field(default=None, description="The level before the change.")
    after: str | int | float | None = Field(default=None, description="The level after the change.")


class Claim(StrictModel):
    """An expectation; its verdict is supported, refuted, inconclusive or not measured."""

    id: Name = Field(description="Identifies the claim in the gate, from run to run.")
    statement: Text = Field(description="The claim in a sentence.")
    metric: Text = Field(
        description="A column of the samples, or a derived metric.", json_schema_extra={"enum": [*CLAIM_METRICS]}
    )
    direction: Literal["at_least", "at_most", "equals"] = Field(
        description="The side of the bound on which the claim holds."
    )
    bound: float = Field(
        description="For a column of the samples, the relative reduction of its mean (0.95 is 95% less); for "
        "capacity_users, the ratio; for other derived metrics, the value itself."
    )
    claimed: Claimed = Field(
        default_factory=Claimed, description="The claimed levels, which the page shows beside the measured ones."
    )
    scope: Text = Field(default="audited", description="`audited`, `all` or an endpoint's name.")

    @field_validator("metric", mode="before")
    @classmethod
    def _current_metric(cls, value: Any) -> Any:
        return current_name(value) if isinstance(value, str) else value

    @property
    def is_reduction(self) -> bool:
        """Tell whether the bound is a relative reduction of the mean rather than a value."""
        return metric_of(self.metric).kind == "reduction"


class Precision(StrictModel):
    """The precision rule: the run stops one round after the interval of the overall effect has become this narrow."""

    metric: Literal["latency_s", "app_cpu_s", "db_cpu_s"] = Field(
        default="latency_s", description="The metric of the interval."
    )
    within: Annotated[float, Field(gt=0, lt=1)] = Field(
        description="Largest allowed half-width of the ratio's interval over all requests; 0.01 is 1%."
    )


class Prices(StrictModel):
    """The price of processor time, from which the page computes the cost of a million requests."""

    cpu_hour: Positive = Field(description="Price of one processor for one hour.")
    currency: Text = Field(default="EUR", description="Currency of the price.")


# The function that describes data by the models alone.
FROM_MODELS = "perflab.seeding.modelled.tables:from_models"
FACTORS = "The switches; k factors make 2^k cells. Without any, the run says where the project spends its time."


class Scenario(StrictModel):
    """One question about a Django project: its data, its traffic, its factors and its claims."""

    title: Text = Field(description="The question; it is the heading of the page.")
    subject: Subject = Field(description="The project.")
    data: Data = Field(description="The data to seed.")
    traffic: Traffic = Field(description="The requests to replay.")
    factors: list[AnyFactor] = Field(default_factory=list, max_length=6, description=FACTORS)
    claims: list[Claim] = Field(
        default_factory=list,
        description="The expectations; the first claim about a metric is shown beside its figure at the top of the page.",
    )
    margin: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.02,
        description="Equivalence margin: an effect whose whole interval lies within ± margin counts as no effect.",
    )
    precision: Precision | None = Field(default=None, description="Stop early once this precision is reached.")
    prices: Prices | None = Field(default=None, description="Show the cost of a million requests.")
    capacity: Capacity | None = Field(
        default=None, description="Measure how many users the cells serve, by a load test after the rounds."
    )
    expect: Expect = Field(
        default_factory=Expect,
        description="What a change of the code is meant to change, where revisions are compared.",
    )
    profiles: dict[Name, Profile] = Field(
        min_length=1,
        description="Named sizes of a run, such as smoke and nightly; without --profile, `default` is used.",
    )

    _source: Source = PrivateAttr(default_factory=lambda: Source(Path("scenario.yaml")))

    @property
    def source(self) -> Source:
        """Return the file and the lines of its keys."""
        return self._source

    @property
    def path(self) -> Path:
        """Return the path of the file."""
        return self._source.path

    @property
    def name(self) -> str:
        """Return the name of the file without its suffix; reports are kept under it."""
        return self.path.stem

    @property
    def factor_names(self) -> tuple[str, ...]:
        """Return the names of the factors, in order."""
        return tuple(factor.name for factor in self.factors)

    @property
    def seeding(self) -> str:
        """Return `package.module:name` of the function that describes the data: the project's own, or perflab's."""
        return self.subject.seed or FROM_MODELS

    @property
    def as_of(self) -> date:
        """Return the moment at which the data ends and the requests begin.

        Raises:
            InputError: It is that of the newest row, and the data is not there yet.
        """
        if self.data.as_of is None:
            raise InputError("data.as_of is not known before the data is there", hint="add it to the scenario")
        return self.data.as_of

    @property
    def audited(self) -> tuple[str, ...]:
        """Return the names of the audited endpoints, in order."""
        return tuple(e.name for e in self.traffic.endpoints if e.audited)

    def endpoint(self, name: str) -> Endpoint:
        """Return the endpoint of a name that the scenario has."""
        return next(e for e in self.traffic.endpoints if e.name == name)

    def as_dict(self) -> dict[str, Any]:
        """Return the scenario as plain data with every default filled in; it can be validated again."""
        return self.model_dump(mode="json", by_alias=True)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the contents, without comments and layout."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()
