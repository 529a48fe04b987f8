"""The scenario file as types: each key with its unit and its limits.

Types are strict: text is not a number, and `on` is not a boolean. rules.py checks the keys against each other,
project_checks.py checks them against the Django project. The descriptions become the editor's help through schema.json.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import Field, PrivateAttr, field_validator, model_validator

from perflab.run.metrics import CLAIM_METRICS, current_name, metric_of
from perflab.scenario.capacity import Capacity
from perflab.scenario.factors import CLASSES
from perflab.scenario.factors.base import Factor
from perflab.scenario.source import Source
from perflab.scenario.strict import (
    Dotted,
    Importable,
    Moment,
    Name,
    Positive,
    RowsName,
    StrictModel,
    TablesFrom,
    Text,
    Variable,
)
from perflab.scenario.traffic import Endpoint, Login, Traffic


# Named after its key; project.py sets up what it describes.
class Subject(StrictModel):
    """The Django project under test."""

    settings: Dotted = Field(description="Its settings module.")
    seed: Importable | None = Field(
        default=None,
        description="`package.module:name` of the function that returns the example rows (archetypes) that perflab multiplies. "
        "Default: rows are made from the models alone (see data.from).",
    )
    auth: Login | None = Field(
        default=None,
        description="How callers log in: `session` (Django's session, by the project's SESSION_ENGINE and authentication "
        "backend), `token` (Django REST framework's authtoken), or `package.module:name` of a function that takes a user_id and "
        "returns request headers. An endpoint may have its own.",
    )
    host: Text | None = Field(
        default=None,
        description="The host of all requests. Default: the first name in ALLOWED_HOSTS that is not a pattern, an IP address or "
        "a name of this machine; else the domain of the first pattern such as `.example.com`; else localhost.",
    )
    database: Literal["postgresql", "sqlite"] | None = Field(
        default=None,
        description="The database to measure on, for all aliases. Default: PostgreSQL if PERFLAB_DATABASE_URL is set, else the "
        "one that the project's own settings use; a project on any other database, or on both, needs this key.",
    )
    python: Text | None = Field(
        default=None,
        description="A virtual environment, or its interpreter (Python 3.10 or later, Django 4.2 to 6.1), in which the project "
        "runs. All of its code, including the seeding and the checks of `perflab check`, uses its packages, not perflab's. It "
        "does not need numpy; to measure on PostgreSQL, it needs psycopg or psycopg2, of any version. Rows are drawn in "
        "perflab's interpreter, so seeding can use only the column classes of perflab.seeding. A relative path starts in the "
        "folder that perflab runs in. Default: the interpreter of perflab.",
    )
    path: list[Text] = Field(
        default_factory=list,
        description="Folders that come first on sys.path, such as `src`; a relative one starts in the folder that perflab runs "
        "in. That folder itself comes after them.",
    )
    env: dict[Variable, str] = Field(
        default_factory=dict,
        description="Environment variables of the project, over those of the shell: in each cell, and where the project is "
        "checked, migrated and seeded. run.json shows them, but neither the values of names such as API_KEY nor logins in URLs.",
    )
    allow: list[Text] = Field(
        default_factory=list,
        description="What the project may reach besides perflab's own servers: `host:port`, or the path of a Unix socket. All "
        "other connections are refused, and named.",
    )


class Data(StrictModel):
    """The contents of the database."""

    as_of: Moment = Field(
        description="The moment at which the data ends and the requests begin, from which all dates are derived: a date (its "
        "beginning in UTC), or a date and time with a UTC offset, such as 2025-10-20T18:30+02:00. With a date, the requests "
        "begin when that day has begun both in UTC and in the project's TIME_ZONE."
    )
    from_: Literal["models"] | None = Field(
        default=None,
        alias="from",
        description="Where rows come from without subject.seed. `models`: they are made from the models alone, so that fields, "
        "validators and constraints are satisfied. Default: models, if there is no subject.seed.",
    )
    rows: dict[RowsName, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict,
        description="Number of rows of each kind, before the profile's scale is applied. The kinds are those of the seeding, "
        "`{}` if it decides the numbers itself; for rows from the models they are labels such as auth.User, and `every` for all "
        "models that are not named (default 1,000).",
    )
    schema_: TablesFrom = Field(default="migrations", alias="schema")


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
# Keys of a profile under which older scenario files have them.
FORMER_PROFILE_KEYS = {"turn": "slice", "ledger_s": "index_study_s"}


class Profile(StrictModel):
    """The size of a run."""

    scale: Positive = Field(description="Number by which data.rows is multiplied.")
    rounds: Annotated[int, Field(ge=1)] = Field(description="Number of rounds; an interval needs 3 or more.")
    block: Annotated[int, Field(ge=20)] = Field(
        description="Number of consecutive requests that every cell replays before any cell continues."
    )
    slice: Annotated[int, Field(ge=1)] = Field(
        default=5, description="Number of requests of a measured block that a cell replays before the next cell does."
    )
    replay_s: Positive = Field(description="Seconds of replay, the total of all rounds and cells.")
    warm_s: Annotated[float, Field(ge=0, le=86400)] | None = Field(
        default=None,
        description="Seconds of simulated time before each round, instead of traffic.warm.",
    )
    warmup_blocks: Annotated[int, Field(ge=0)] = Field(
        default=1,
        description="Number of blocks at the start of a round, for new processes to warm up: their times are not evaluated, "
        "their responses are compared. The first one has a request of each endpoint.",
    )
    decide: bool = Field(
        default=False,
        description="Stop once every claim on a figure is decided, or the rounds left could not decide it; `rounds` is the most. "
        "Claims are judged after each round from the fourth on; intervals are wider, so that they still hold.",
    )
    lanes: Annotated[int, Field(ge=1, le=64)] | Literal["auto"] = Field(
        default="auto",
        description="Number of rounds that are played at once, each on a core of its own with servers of its own. auto: as many "
        "as the machine has cores, up to 4, as long as a small request takes at most a tenth longer then.",
    )
    index_study_s: Annotated[float, Field(ge=0)] = Field(
        default=0,
        description="Seconds, in addition to replay_s, to measure the system without some indexes; 0 skips this study.",
    )
    capacity_s: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Seconds of the load test, instead of capacity.seconds; 0 skips it."
    )

    @model_validator(mode="before")
    @classmethod
    def _former_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {
            key if (new := FORMER_PROFILE_KEYS.get(key)) is None or new in data else new: value
            for key, value in data.items()
        }


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
