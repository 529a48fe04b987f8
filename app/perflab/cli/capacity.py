"""`perflab capacity`: a run that is mostly a load test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from perflab.cli.run import Outcome, run
from perflab.errors import InputError
from perflab.scenario import loading, profiles

# What the replay is for here: the same responses, and the CPU time of a request. An interval needs three rounds.
SHORT = {"rounds": 3, "replay_s": 40, "index_study_s": 0}


def capacity(
    scenario_path: Path, profile: str, seconds: float | None, pairs: Sequence[str], *, quiet: bool = False
) -> Outcome:
    """Run a short replay and the load test, and report on them.

    Args:
        scenario_path: The scenario's file.
        profile: Name of the profile to run.
        seconds: Seconds under load; what the scenario says if None.
        pairs: Overrides of the scenario, as `NAME=VALUE`; they come before what is short here.
        quiet: Show no progress.

    Raises:
        InputError: The scenario has no `capacity`, or an argument is invalid.
    """
    scenario = loading.load(scenario_path)
    if scenario.capacity is None:
        raise InputError(
            "the scenario has no load test", where=str(scenario_path), hint="add `capacity: {server: gunicorn}`"
        )
    own = profiles.resolve(scenario, profile).profile.capacity_s
    wanted = seconds or own or scenario.capacity.seconds
    given = {pair.partition("=")[0].strip() for pair in pairs}
    changes = {**SHORT, "capacity_s": wanted}
    return run(
        scenario_path,
        profile,
        [*pairs, *(f"{name}={value:g}" for name, value in changes.items() if name not in given)],
        quiet=quiet,
    )
