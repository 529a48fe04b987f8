"""A scenario at one of its sizes, with what the command line changed: the numbers that a run uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from perflab.errors import InputError
from perflab.scenario.loading import first_of
from perflab.scenario.models import FORMER_PROFILE_KEYS, Profile, Scenario
from perflab.scenario.source import Source, scalar
from perflab.scenario.words import suggestion

OF_PROFILE = tuple(Profile.model_fields)
OF_TRAFFIC = ("rate_per_s", "active_users", "zipf", "timeout_s")
OVERRIDES = (*OF_PROFILE, *OF_TRAFFIC, "margin", "as_of", "database")


@dataclass(frozen=True)
class Resolved:
    """A Scenario whose numbers are final, and the one Profile of it that is run."""

    scenario: Scenario
    profile_name: str
    profile: Profile
    overrides: Mapping[str, Any]

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each kind in the database: data.rows times the profile's scale; 0 stays 0, others are at least 1."""
        return {
            kind: max(1, round(count * self.profile.scale)) if count else 0
            for kind, count in self.scenario.data.rows.items()
        }

    def as_dict(self) -> dict[str, Any]:
        """The scenario as run, as plain data."""
        return self.scenario.as_dict()


def resolve(scenario: Scenario, profile_name: str = "default", overrides: Mapping[str, Any] | None = None) -> Resolved:
    """Choose a profile and change some numbers; raises InputError for unknown names and impossible values.

    A value that is text is read as YAML, so that `-p rounds=5` and `-p zipf=.8` mean what they say.
    """
    if profile_name not in scenario.profiles:
        raise InputError(
            f"the scenario has no profile {profile_name!r}",
            where=scenario.source.where(("profiles",)),
            hint=suggestion(profile_name, scenario.profiles),
        )
    changes = {FORMER_PROFILE_KEYS.get(name, name): _value(name, value) for name, value in (overrides or {}).items()}
    data = scenario.as_dict()
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
        else:
            raise InputError(f"unknown parameter {name!r}", hint=suggestion(name, OVERRIDES))
    if changes:
        try:
            changed = Scenario.model_validate(data)
        except ValidationError as error:
            found = first_of(error, Source(Path("-p")))
            raise InputError(found.what, where="parameter", hint=found.hint) from None
        changed._source = scenario.source
        scenario = changed
    return Resolved(scenario, profile_name, scenario.profiles[profile_name], changes)


def _value(name: str, value: Any) -> Any:
    """What NAME=VALUE means."""
    if not isinstance(value, str):
        return value
    try:
        return scalar(value)
    except InputError as error:
        raise InputError(f"{name}: {error.what}", where="parameter", hint=error.hint) from None
