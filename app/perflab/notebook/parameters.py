"""The parameters of each notebook: typed, checked, and with unknown ones refused.

papermill logs an unknown parameter and goes on with the default, passes `-p x false` as the text "false" and reads
12e5678 as infinity. So every notebook hands its parameters to one of these models before it does anything.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from perflab.errors import InputError, did_you_mean
from perflab.units import UNKNOWN

# These belong to a run; everything else overrides the scenario file.
NO_OVERRIDES = ("scenario", "profile", "seed", "run_id")
# Former names of parameters, as older notebooks and command lines have them.
FORMER_NAMES = {"turn": "slice", "ledger_s": "index_study_s"}
# The first line of the cell that papermill injects, and of the parameters cell of our own notebooks.
PARAMETERS_CELL = "# Parameters"


class Parameters(BaseModel):
    """Base class of the parameters of a notebook."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def of(cls, namespace: Mapping[str, Any]) -> Self:
        """Read the parameters of a notebook: `Seed.of(globals())`.

        Raises:
            InputError: A value is invalid, or the notebook's last parameters cell assigns a name that is no parameter.
        """
        cells = [str(cell) for cell in namespace.get("In", ()) if str(cell).lstrip().startswith(PARAMETERS_CELL)]
        if cells:
            refuse_unknown(map(_current, _assigned(cells[-1])), cls.model_fields)
        former = {
            new: namespace[old] for old, new in FORMER_NAMES.items() if old in namespace and new in cls.model_fields
        }
        return cls.checked({**former, **{name: namespace[name] for name in cls.model_fields if name in namespace}})

    @classmethod
    def checked(cls, values: Mapping[str, Any]) -> Self:
        """Validate parameters from a dict; text is converted to the type of its parameter.

        Raises:
            InputError: A name is unknown, or a value is invalid.
        """
        values = {_current(name): value for name, value in values.items()}
        refuse_unknown(values, cls.model_fields)
        try:
            return cls.model_validate({name: _nothing_is_none(value) for name, value in values.items()})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = ".".join(str(part) for part in first["loc"])
            meaning = cls.model_fields[name].description if name in cls.model_fields else None
            raise InputError(f"parameter {name} {_mistake(first)}{f' ({meaning})' if meaning else ''}") from None

    def _repr_html_(self) -> str:
        from perflab.explore.tables import STYLE  # pandas, 0.3 s
        from perflab.report.html import Column, table

        columns = [Column("Parameter"), Column("Value"), Column("Meaning")]
        rows = [
            [name, UNKNOWN if getattr(self, name) is None else str(getattr(self, name)), field.description or ""]
            for name, field in type(self).model_fields.items()
        ]
        return f"{STYLE}{table('Parameters', columns, rows)}"

    def given(self) -> dict[str, Any]:
        """Return the parameters that are not None."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


class Seed(Parameters):
    """Parameters of 1_seed, which makes the data of a scenario. None means: as in the scenario file."""

    scenario: str = Field("scenarios/marketplace.yaml", description="scenario to run: a YAML file in scenarios/")
    profile: str = Field("default", description="size of the run: smoke (about a minute), default or nightly")
    seed: int = Field(1, ge=0, lt=2**31, description="random seed of the data and the traffic")
    database: str | None = Field(None, pattern="^(postgresql|sqlite)$", description="postgresql or sqlite")
    scale: float | None = Field(None, gt=0, description="number by which the scenario's row counts are multiplied")
    code: str | None = Field(
        None,
        pattern=r"^[^-\s]\S*$",
        description="revisions to compare instead of the scenario's factors: BASE..HEAD, or BASE.. for the working tree",
    )
    packages: str | None = Field(
        None,
        description="file that pins the packages of each revision, such as requirements.txt, instead of the same for both",
    )
    as_of: str | None = Field(
        None,
        pattern=r"^\d{4}-\d\d-\d\d([T ]\S+)?$",
        description="date, or date and time with UTC offset, from which all dates are derived, such as 2025-10-20",
    )

    def overrides(self) -> dict[str, Any]:
        """Return what differs from the scenario file, by name."""
        return {name: value for name, value in self.given().items() if name not in NO_OVERRIDES}


class Replay(Seed):
    """Parameters of 2_replay, which replays the traffic in every cell. None means: as in the scenario file."""

    rounds: int | None = Field(None, ge=1, description="number of rounds; an interval needs 3 or more")
    replay_s: float | None = Field(None, gt=0, description="seconds of replay, over all rounds and cells")
    index_study_s: float | None = Field(
        None, ge=0, description="extra seconds to measure the system without some indexes"
    )
    block: int | None = Field(
        None, ge=20, description="requests per block; all cells finish a block before any starts the next"
    )
    slice: int | None = Field(
        None, ge=1, description="requests of a block that a cell replays before the next cell does"
    )
    warm_s: float | None = Field(None, ge=0, description="seconds of simulated time before each round")
    warmup_blocks: int | None = Field(
        None, ge=0, description="blocks at the start of a round whose times are not evaluated"
    )
    minutes: float | None = Field(None, gt=0, description="minutes after which no round begins")
    decide: bool | None = Field(
        None, description="whether to stop once all claims on figures are decided, or cannot be"
    )
    lanes: int | None = Field(
        None, ge=1, description="number of rounds that are played at once, each on a core of its own"
    )
    capacity_s: float | None = Field(None, ge=0, description="seconds of the load test; 0 skips it")
    rate_per_s: float | None = Field(
        None, gt=0, description="requests per second of simulated time, in which cache entries expire"
    )
    zipf: float | None = Field(None, ge=0, description="skew of popularity: 0 makes all rows equally popular")
    active_users: int | None = Field(None, ge=2, description="number of users who take part in a round")
    timeout_s: float | None = Field(
        None, gt=0, description="seconds after which a request counts as hanging, which ends the run"
    )
    margin: float | None = Field(None, gt=0, lt=1, description="smallest relative change that matters, such as 0.02")
    expect: str | None = Field(
        None, description="what a change of the code may change, beside the scenario's: {slower: [export]}"
    )
    run_id: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="name of the run's directory; the current time when None",
    )


class Charts(Parameters):
    """Parameters of 3_charts, which draws a saved run."""

    run: str = Field("latest", description="saved run: latest, a run_id or its directory")


class Summary(Parameters):
    """Parameters of 4_executive_summary, which makes the page of a saved run."""

    run: str = Field("latest", description="saved run: latest, a run_id or its directory")


class Explore(Charts):
    """Parameters of 9_explore, which is for questions of one's own."""

    other: str | None = Field(None, description="run to compare with; the previous one of the same profile when None")
    endpoint: str | None = Field(None, description="endpoint to look into; the one that gained least when None")


# The notebooks that `perflab run` executes, in this order; 9_explore is for people.
MODELS: dict[str, type[Parameters]] = {
    "1_seed": Seed,
    "2_replay": Replay,
    "3_charts": Charts,
    "4_executive_summary": Summary,
}

# `perflab run` sets these itself.
OWN = ("scenario", "profile", "run", "run_id")


def changeable() -> dict[str, str]:
    """Return the parameters that `perflab run -p NAME=VALUE` takes: name -> description."""
    return {name: str(field.description) for name, field in Replay.model_fields.items() if name not in OWN}


def from_command_line(pairs: Iterable[str]) -> dict[str, Any]:
    """Convert `NAME=VALUE` texts to typed values.

    Raises:
        InputError: A text is not NAME=VALUE, a name is unknown or given twice, or a value is invalid.
    """
    texts: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name = _current(name.strip())
        if not equals:
            raise InputError(f"-p {pair!r} is not NAME=VALUE", hint="write -p rounds=5")
        if name in OWN:
            raise InputError(f"-p {name} is set by perflab run itself", hint=_OWN_HINTS.get(name))
        if name in texts:
            raise InputError(f"-p {name} is given twice")
        texts[name] = value.strip()
    refuse_unknown(texts, changeable())
    parameters = Replay.checked(texts)
    return {name: getattr(parameters, name) for name in texts}


_OWN_HINTS = {"scenario": "it is the first argument", "profile": "use --profile"}


def refuse_unknown(names: Iterable[str], allowed: Iterable[str]) -> None:
    """Check that all names are parameters.

    Raises:
        InputError: A name is not among the allowed ones; it suggests the most similar one.
    """
    allowed = list(allowed)
    for name in names:
        if name not in allowed:
            raise InputError(f"unknown parameter {name!r}", hint=did_you_mean(name, allowed))


def _assigned(code: str) -> list[str]:
    """Return the names that a cell assigns."""
    try:
        statements = ast.parse(code).body
    except SyntaxError:  # an IPython magic, which is not Python
        return []
    targets: list[ast.expr] = []
    for statement in statements:
        if isinstance(statement, ast.Assign):
            targets += statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets.append(statement.target)
    return [target.id for target in targets if isinstance(target, ast.Name)]


_LIMITS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
_NUMBERS = {"int": "a whole number", "float": "a number", "finite": "a finite number"}


def _mistake(error: Mapping[str, Any]) -> str:
    """Reword one of pydantic's errors: what the value should be, and what it is."""
    context = error.get("ctx") or {}
    limits = [f"{word} {f'{context[key]:,}'.removesuffix('.0')}" for key, word in _LIMITS.items() if key in context]
    expected = limits[0] if limits else _NUMBERS.get(str(error["type"]).partition("_")[0])
    return f"should be {expected}, not {error['input']}" if expected else f"cannot be {error['input']!r}"


def _current(name: str) -> str:
    """Return today's name of a parameter."""
    return FORMER_NAMES.get(name, name)


def _nothing_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and value.lower() in ("", "none", "null") else value
