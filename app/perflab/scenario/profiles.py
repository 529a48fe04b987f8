"""Resolves a scenario to one profile, with the changes of the command line: the numbers that a run uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from perflab.errors import InputError, did_you_mean
from perflab.run.scenario import TEXTS_KEY, TRAITS_KEY
from perflab.scenario.keys.profile import FORMER_PROFILE_KEYS, Profile
from perflab.scenario.loading import first_of
from perflab.scenario.models import Scenario
from perflab.scenario.rules import problems
from perflab.scenario.source import Source, scalar
from perflab.scenario.strict import parsed
from perflab.scenario.subject.surroundings import masked, without_login

OF_PROFILE = tuple(Profile.model_fields)
OF_TRAFFIC = ("rate_per_s", "active_users", "zipf", "timeout_s")
OVERRIDES = (*OF_PROFILE, *OF_TRAFFIC, "margin", "as_of", "database", "code", "packages", "expect")

# What a round of the load test takes beside its windows: clones, logins, servers that start.
AROUND_LOAD_S = 12.0


@dataclass(frozen=True)
class Resolved:
    """A Scenario with final numbers, and its Profile for this run."""

    scenario: Scenario
    profile_name: str
    profile: Profile
    overrides: Mapping[str, Any]

    @property
    def rows(self) -> dict[str, int]:
        """Return the number of rows of each kind: data.rows times the profile's scale. 0 stays 0; others are at least 1."""
        return {
            kind: max(1, round(count * self.profile.scale)) if count else 0
            for kind, count in self.scenario.data.rows.items()
        }

    @property
    def capacity_s(self) -> float:
        """Return the seconds of the load test; 0 where there is none."""
        capacity, own = self.scenario.capacity, self.profile.capacity_s
        return 0.0 if capacity is None else capacity.seconds if own is None else own

    @property
    def load_s(self) -> float:
        """Return how long the load test takes, with what its rounds need beside it."""
        capacity, seconds = self.scenario.capacity, self.capacity_s
        return 0.0 if capacity is None or not seconds else seconds + capacity.rounds * AROUND_LOAD_S

    def ending(self, as_of: str | None) -> Resolved:
        """Return it with the moment at which the data ends, where the scenario does not say.

        Args:
            as_of: That of the newest row, in ISO format; None where the scenario says.
        """
        if as_of is None or self.scenario.data.as_of is not None:
            return self
        data = self.scenario.data.model_copy(update={"as_of": parsed(as_of)})
        return replace(self, scenario=self.scenario.model_copy(update={"data": data}))

    def as_dict(self) -> dict[str, Any]:
        """Return the scenario as run.json keeps it: plain data without secrets, and its factors' traits and texts beside them."""
        data = self.scenario.as_dict()
        data["subject"]["env"] = masked(self.scenario.subject.env)
        if self.scenario.data.source is not None:
            data["data"]["source"] = without_login(self.scenario.data.source)
        factors = self.scenario.factors
        return {
            **data,
            TRAITS_KEY: {f.name: f.traits for f in factors},
            TEXTS_KEY: {f.name: f.describe() for f in factors},
        }


def resolve(scenario: Scenario, profile_name: str = "default", overrides: Mapping[str, Any] | None = None) -> Resolved:
    """Choose a profile and change some numbers.

    Args:
        scenario: The scenario.
        profile_name: One of its profiles.
        overrides: New values by name. Text is read as YAML, so that `-p rounds=5` gives a number.

    Raises:
        InputError: There is no such profile or parameter, or a value is invalid.
    """
    if profile_name not in scenario.profiles:
        raise InputError(
            f"the scenario has no profile {profile_name!r}",
            where=scenario.source.where(("profiles",)),
            hint=did_you_mean(profile_name, scenario.profiles),
        )
    changes = {FORMER_PROFILE_KEYS.get(name, name): _value(name, value) for name, value in (overrides or {}).items()}
    data = scenario.as_dict()
    if "code" in changes:  # first, because it resets what other parameters may set
        _compare_code(data, profile_name, str(changes["code"]), changes.get("packages"))
    for name, value in changes.items():
        if name in OF_PROFILE:
            data["profiles"][profile_name][name] = value
        elif name in OF_TRAFFIC:
            data["traffic"][name] = value
        elif name == "margin":
            data["margin"] = value
        elif name == "as_of":
            data["data"]["as_of"] = value
        elif name == "database":
            data["subject"]["database"] = value
        elif name == "code" or (name == "packages" and "code" in changes):
            pass
        elif name == "packages":
            raise InputError("packages are those of revisions", where="parameter", hint="add `-p code=BASE..HEAD`")
        elif name == "expect":
            _expect_also(data, value)
        else:
            raise InputError(f"unknown parameter {name!r}", hint=did_you_mean(name, OVERRIDES))
    if changes:
        try:
            changed = Scenario.model_validate(data)
        except ValidationError as error:
            mistake = first_of(error, Source(Path("-p")))
            raise InputError(mistake.what, where="parameter", hint=mistake.hint) from None
        changed._source = scenario.source
        for problem in problems(changed):
            name = ".".join(str(part) for part in problem.place if isinstance(part, str))
            raise InputError(f"{name}: {problem.what}", where="parameter", hint=problem.hint)
        scenario = changed
    return Resolved(scenario, profile_name, scenario.profiles[profile_name], changes)


def _compare_code(data: dict[str, Any], profile_name: str, sides: str, packages: Any) -> None:
    """Let two revisions be what a scenario compares, and nothing else, cold.

    Args:
        data: The scenario as plain data, which is changed.
        profile_name: The profile.
        sides: `BASE..HEAD`; without HEAD the working tree, without both dots as well.
        packages: The file that pins the packages of each; None if both run with the same.
    """
    base, _, head = sides.partition("..")
    pinned = {} if packages is None else {"packages": str(packages)}
    off, on = {"revision": base, **pinned}, {**({"revision": head} if head else {}), **pinned}
    data["factors"] = [{"name": "change", "kind": "code", "off": off, "on": on}]
    data["title"] = f"What changes from {base} to {head or 'the working tree'}?"
    data["claims"], data["precision"], data["capacity"] = [], None, None
    data["profiles"][profile_name] |= {"index_study_s": 0, "warm_s": 0, "decide": False}


def _expect_also(data: dict[str, Any], expected: Any) -> None:
    """Add to what a change is meant to change.

    Args:
        data: The scenario as plain data, which is changed.
        expected: Endpoints by the keys of `expect`.
    """
    if not isinstance(expected, Mapping):
        raise InputError("expect is not a mapping", where="parameter", hint="write `-p 'expect={slower: [export]}'`")
    for key, names in expected.items():
        data["expect"][key] = [*data["expect"].get(key, []), *(names if isinstance(names, list) else [names])]


def _value(name: str, value: Any) -> Any:
    """Return the value that NAME=VALUE gives."""
    if not isinstance(value, str):
        return value
    try:
        return scalar(value)
    except InputError as error:
        raise InputError(f"{name}: {error.what}", where="parameter", hint=error.hint) from None
