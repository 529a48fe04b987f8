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
from perflab.explore.tables import STYLE
from perflab.report.html import Column, table
from perflab.units import UNKNOWN

# Of a run, not of what the scenario says.
NO_OVERRIDES = ("scenario", "profile", "seed", "run_id")
PARAMETERS_CELL = "# Parameters"  # how papermill begins the cell that it adds, and ours their own


class Parameters(BaseModel):
    """What all notebooks' parameters have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def of(cls, namespace: Mapping[str, Any]) -> Self:
        """The parameters as they stand in a notebook: `Seed.of(globals())`.

        Raises InputError for a value that cannot be, and for a name in the notebook's last parameters cell that is no
        parameter.
        """
        cells = [str(cell) for cell in namespace.get("In", ()) if str(cell).lstrip().startswith(PARAMETERS_CELL)]
        if cells:
            refuse_unknown(_assigned(cells[-1]), cls.model_fields)
        return cls.checked({name: namespace[name] for name in cls.model_fields if name in namespace})

    @classmethod
    def checked(cls, values: Mapping[str, Any]) -> Self:
        """The same from a dict; texts are read as what their parameter is."""
        refuse_unknown(values, cls.model_fields)
        try:
            return cls.model_validate({name: _nothing_is_none(value) for name, value in values.items()})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = ".".join(str(part) for part in first["loc"])
            hint = cls.model_fields[name].description if name in cls.model_fields else None
            raise InputError(
                f"{first['msg'].lower()}, not {first['input']!r}", where=f"parameter {name}", hint=hint
            ) from None

    def _repr_html_(self) -> str:
        """Each with what it is for, so that an executed notebook says what it was asked."""
        columns = [Column("Parameter"), Column("Value"), Column("Meaning")]
        rows = [
            [name, UNKNOWN if getattr(self, name) is None else str(getattr(self, name)), field.description or ""]
            for name, field in type(self).model_fields.items()
        ]
        return f"{STYLE}{table('Parameters', columns, rows)}"

    def given(self) -> dict[str, Any]:
        """Those that are not None."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


class Seed(Parameters):
    """1_seed: make the data of a scenario, or find it made."""

    scenario: str = Field("scenarios/marketplace.yaml", description="the question: a file in scenarios/")
    profile: str = Field("default", description="how much: smoke (a run of a minute), default or nightly")
    seed: int = Field(1, ge=0, lt=2**31, description="another number gives other data and other traffic")
    database: str | None = Field(
        None, pattern="^(postgresql|sqlite)$", description="postgresql or sqlite; as the scenario says when None"
    )

    def overrides(self) -> dict[str, Any]:
        """What differs from the scenario file."""
        return {name: value for name, value in self.given().items() if name not in NO_OVERRIDES}


class Replay(Seed):
    """2_replay: replay the traffic with every switch on and off, and save what was measured.

    What is None is as the scenario says.
    """

    rounds: int | None = Field(None, ge=1, description="how often to begin anew; an interval needs 3 or more")
    replay_s: float | None = Field(None, gt=0, description="seconds of replaying in all rounds together")
    ledger_s: float | None = Field(None, ge=0, description="seconds beside that, for the system without some indexes")
    rate_per_s: float | None = Field(None, gt=0, description="requests per second of the traffic, for expiring caches")
    zipf: float | None = Field(None, ge=0, description="how much the popular are asked for: 0 is all alike")
    active_users: int | None = Field(None, ge=2, description="how many users take part")
    run_id: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="name of the run's folder; the time when None",
    )


class Charts(Parameters):
    """3_charts: draw a saved run."""

    run: str = Field("latest", description="which run: latest, a run_id or its folder")


class Summary(Parameters):
    """4_executive_summary: say what a saved run shows."""

    run: str = Field("latest", description="which run: latest, a run_id or its folder")


class Explore(Charts):
    """9_explore: ask a saved run questions of one's own."""

    other: str | None = Field(
        None, description="an earlier run to compare with; the one before of the same profile when None"
    )
    endpoint: str | None = Field(None, description="which endpoint to look into; the one that came off worst when None")


# Those that `perflab run` executes, in this order; 9_explore is for people.
MODELS: dict[str, type[Parameters]] = {
    "1_seed": Seed,
    "2_replay": Replay,
    "3_charts": Charts,
    "4_executive_summary": Summary,
}

# `perflab run` gives these itself.
OWN = ("scenario", "profile", "run", "run_id")
CHANGEABLE = tuple(name for name in Replay.model_fields if name not in OWN)


def from_command_line(pairs: Iterable[str]) -> dict[str, Any]:
    """`NAME=VALUE` texts as typed values; raises InputError for an unknown name or a value that cannot be."""
    texts: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name = name.strip()
        if not equals:
            raise InputError(f"-p {pair!r} is not NAME=VALUE", hint="write -p rounds=5")
        if name in OWN:
            raise InputError(f"-p {name} is given by perflab run itself", hint=_OWN_HINTS.get(name))
        if name in texts:
            raise InputError(f"-p {name} is given twice")
        texts[name] = value.strip()
    refuse_unknown(texts, CHANGEABLE)
    parameters = Replay.checked(texts)
    return {name: getattr(parameters, name) for name in texts}


_OWN_HINTS = {"scenario": "it is the first argument", "profile": "use --profile"}


def refuse_unknown(names: Iterable[str], known: Iterable[str]) -> None:
    """Raise InputError for the first name that is no parameter, with what was probably meant."""
    known = list(known)
    for name in names:
        if name not in known:
            raise InputError(f"unknown parameter {name!r}", hint=did_you_mean(name, known))


def _assigned(code: str) -> list[str]:
    """The names that a cell gives values to."""
    try:
        statements = ast.parse(code).body
    except SyntaxError:  # a magic; IPython ran it all the same
        return []
    targets: list[ast.expr] = []
    for statement in statements:
        if isinstance(statement, ast.Assign):
            targets += statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets.append(statement.target)
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _nothing_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and value.lower() in ("", "none", "null") else value
