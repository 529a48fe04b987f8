"""The scenario file as types: what each key is, with its unit and its limits.

Strict: a text is no number and `on` is no truth. What one key has to do with another is in rules.py, what the keys
have to do with a Django project in subject.py. Descriptions here become the editor's help through schema.json.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from perflab.run.metrics import CLAIM_METRICS, metric_of
from perflab.run.scenario import READING_METHODS
from perflab.scenario.part import Dotted, Importable, Name, Part, Positive, Text
from perflab.scenario.source import Source

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


def _date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError(
                "not_a_date", "{value!r} is no date, write it as 2025-10-20", {"value": value}
            ) from None
    return value


class Subject(Part):
    """The Django project under test."""

    settings: Dotted = Field(description="Its settings module.")
    seed: Importable = Field(description="`package.module:name` of the archetypes that perflab multiplies.")
    auth: Importable | None = Field(
        default=None, description="`package.module:name` of a function: user_id -> request headers."
    )
    database: Literal["postgresql", "sqlite"] | None = Field(
        default=None,
        description="What it is measured on. Default: SQLite where its own settings say so, else PostgreSQL.",
    )


class Data(Part):
    """What the database holds."""

    as_of: Annotated[date, BeforeValidator(_date)] = Field(description="The day that all dates derive from.")
    rows: dict[Name, Annotated[int, Field(ge=0)]] = Field(
        min_length=1, description="Rows of each kind, before the profile's scale."
    )


class Endpoint(Part):
    """One kind of request."""

    name: Name = Field(description="What the report calls it.")
    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = Field(
        description="The request's method."
    )
    path: Annotated[str, StringConstraints(pattern=r"^/\S*$")] = Field(
        description="With {placeholders} that params fill; it may have a query string."
    )
    weight: Annotated[float, Field(ge=0)] = Field(description="Its share of the traffic, relative to the others'.")
    audited: bool = Field(default=False, description="Claims of scope `audited` are about it.")
    cached: bool = Field(
        default=False,
        description="The subject says that it keeps these answers: a lookup is expected of every request.",
    )
    params: dict[Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*$")], str | list[Any]] = Field(
        default_factory=dict,
        description="`app.Model.field` (a lookup path) or a list to choose from. Params of one model come from one row.",
    )
    where: dict[str, Any] = Field(
        default_factory=dict, description="Only rows with these values: `app.Model.field`: value."
    )
    as_: str | None = Field(default=None, alias="as", description="The param that is the caller; without it nobody is.")
    body: Any = Field(default=None, description="Sent as JSON; texts may have {placeholders}.")
    headers: dict[str, str] = Field(
        default_factory=dict, description="Headers of the request, beside those of the caller."
    )
    affects: list[str] = Field(
        default_factory=list,
        description="Endpoints that read what this one writes; they are read right after it.",
    )
    writes: bool = Field(default=False, description="Default: every method but GET, HEAD and OPTIONS writes.")
    once: bool = Field(
        default=False, description="Never the same params from rows twice: what is deleted is deleted once."
    )

    @model_validator(mode="before")
    @classmethod
    def _method_decides(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("writes") is None:
            return {**data, "writes": data.get("method") not in READING_METHODS}
        return data


class Traffic(Part):
    """Who asks for what, and how often."""

    rate_per_s: Positive = Field(description="Requests a second, in the trace's own time: it ages the cache.")
    active_users: Annotated[int, Field(ge=2)] = Field(description="Users who take part in a round.")
    zipf: Annotated[float, Field(ge=0, le=10)] = Field(description="Popularity of the n-th user or row is n^-zipf.")
    timeout_s: Positive = Field(
        default=30.0, description="Seconds after which a request counts as hanging, which ends the run."
    )
    endpoints: list[Endpoint] = Field(min_length=1)


EFFORT = "What it takes to change it for good, in your own words; the page shows it beside what to do."


class CacheFactor(Part):
    """Switches Django caches."""

    name: Name = Field(description="What the report and the cells call it.")
    kind: Literal["cache"] = Field(description="The kind of switch.")
    aliases: list[Text] = Field(min_length=1, description="Keys of the CACHES setting.")
    effort: Text | None = Field(default=None, description=EFFORT)


class IndexFactor(Part):
    """Takes indexes away."""

    name: Name = Field(description="What the report and the cells call it.")
    kind: Literal["indexes"] = Field(description="The kind of switch.")
    which: list[Text] = Field(min_length=1, description="`declared`, `foreign_keys` or an index's name.")
    effort: Text | None = Field(default=None, description=EFFORT)


class SettingFactor(Part):
    """Changes one of the project's settings."""

    name: Name = Field(description="What the report and the cells call it.")
    kind: Literal["setting"] = Field(description="The kind of switch.")
    setting: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")] = Field(description="The setting's name.")
    when_off: Any = Field(description="Its value at the baseline; anything.")
    when_on: Any = Field(description="Its value with the switch on; anything.")
    effort: Text | None = Field(default=None, description=EFFORT)


Factor = Annotated[CacheFactor | IndexFactor | SettingFactor, Field(discriminator="kind")]


class Claimed(Part):
    """The levels that were claimed, as they were written. Shown, not judged."""

    before: str | int | float | None = Field(default=None, description="The level before, in the claim's own words.")
    after: str | int | float | None = Field(default=None, description="The level after.")


class Claim(Part):
    """An expectation that a run supports, refutes or leaves open."""

    id: Name = Field(description="By which the gate knows it again from run to run.")
    statement: Text = Field(description="What was claimed, in a sentence.")
    metric: Text = Field(
        description="A column of the samples, or a derived metric.", json_schema_extra={"enum": [*CLAIM_METRICS]}
    )
    direction: Literal["at_least", "at_most", "equals"] = Field(
        description="On which side of the bound the claim holds."
    )
    bound: float = Field(
        description="For a column of the samples the relative reduction of its mean (0.95: 95% less); for "
        "capacity_users the ratio; for other derived metrics the value itself."
    )
    claimed: Claimed = Field(default_factory=Claimed, description="The levels that were claimed, to be shown.")
    scope: Text = Field(default="audited", description="`audited`, `all` or an endpoint's name.")

    @property
    def is_reduction(self) -> bool:
        """Whether the bound is a relative reduction of the mean, rather than a value."""
        return metric_of(self.metric).kind == "reduction"


class Precision(Part):
    """When a run knows enough: it stops after the round in which the interval of the whole is this narrow."""

    metric: Literal["latency_s", "app_cpu_s", "db_cpu_s"] = Field(default="latency_s", description="Of which metric.")
    within: Annotated[float, Field(gt=0, lt=1)] = Field(
        description="How far the interval may reach to either side of the ratio over all requests; 0.01 is 1%."
    )


class Prices(Part):
    """What processor time costs, to tell the cost of a million requests."""

    cpu_hour: Positive = Field(description="What an hour of one processor costs.")
    currency: Text = Field(default="EUR", description="In which currency.")


class Profile(Part):
    """How large a run is."""

    scale: Positive = Field(description="Factor on data.rows.")
    rounds: Annotated[int, Field(ge=1)] = Field(description="How often to begin anew; an interval needs 3 or more.")
    block: Annotated[int, Field(ge=20)] = Field(
        description="Consecutive Steps that all cells replay before any goes on, 20 or more."
    )
    turn: Annotated[int, Field(ge=1)] = Field(
        default=5, description="Of a measured block, the Steps that a cell replays before another one does."
    )
    replay_s: Positive = Field(description="Seconds of replay, over all rounds and cells.")
    warmup_blocks: Annotated[int, Field(ge=0)] = Field(
        default=10, description="First blocks of a round, not evaluated."
    )
    ledger_s: Annotated[float, Field(ge=0)] = Field(
        default=0, description="Seconds beside replay_s, for the system without some indexes: 0 measures none of it."
    )


class Scenario(Part):
    """One question to a Django project: its data, its traffic, what is switched, and what is claimed."""

    title: Text = Field(description="The question, as the page's heading.")
    subject: Subject = Field(description="The project.")
    data: Data = Field(description="What the database holds.")
    traffic: Traffic = Field(description="Who asks for what.")
    factors: list[Factor] = Field(min_length=1, max_length=6, description="k factors make 2^k cells.")
    claims: list[Claim] = Field(
        default_factory=list, description="What is expected; the first about a metric leads the page."
    )
    margin: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.02, description="An effect whose interval lies within ± margin is none."
    )
    precision: Precision | None = Field(default=None, description="Stop early once this much is known.")
    prices: Prices | None = Field(default=None, description="Tell the cost of a million requests.")
    profiles: dict[Name, Profile] = Field(
        min_length=1,
        description="Sizes of a run by name, such as smoke and nightly; `default` is what runs without --profile.",
    )

    _source: Source = PrivateAttr(default_factory=lambda: Source(Path("scenario.yaml")))

    @property
    def source(self) -> Source:
        """The file, and the lines of its keys."""
        return self._source

    @property
    def path(self) -> Path:
        return self._source.path

    @property
    def name(self) -> str:
        """The file's name without its ending: reports are kept under it."""
        return self.path.stem

    @property
    def factor_names(self) -> tuple[str, ...]:
        return tuple(factor.name for factor in self.factors)

    @property
    def audited(self) -> tuple[str, ...]:
        return tuple(e.name for e in self.traffic.endpoints if e.audited)

    def endpoint(self, name: str) -> Endpoint:
        return next(e for e in self.traffic.endpoints if e.name == name)

    def as_dict(self) -> dict[str, Any]:
        """The scenario as resolved, as plain data with every default filled in; it can be validated again."""
        return self.model_dump(mode="json", by_alias=True)

    @property
    def digest(self) -> str:
        """SHA-256 of what it says: comments and layout don't count."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()
