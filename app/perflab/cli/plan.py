"""`perflab plan`: the size of a run that detects a change, from a pilot run of the same scenario.

Where there is no pilot run, the smoke profile is measured first.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from perflab import notebook
from perflab.cli import plan_text, run
from perflab.errors import InputError, StoreError
from perflab.notebook import project
from perflab.notebook.parameters import Replay
from perflab.run import store
from perflab.run.scenario import endpoint_weights
from perflab.run.store import Run
from perflab.scenario import loading, profiles
from perflab.scenario.profiles import Resolved

SMOKE = "smoke"
# What an interval needs, as stats/intervals.py has it: without importing scipy.
MIN_ROUNDS = 3
# Parts of the scenario that should be the same in the pilot and in the planned run.
SHARED = ("data", "traffic", "factors")

# No run of any length is planned for less: no machine is that steady.
MIN_CHANGE = 1e-4
MIN_POWER, MAX_POWER = 0.5, 0.999


def plan(
    scenario_path: Path,
    detect: str,
    profile: str,
    which: str | None,
    power: str,
    say: Callable[[str], None],
) -> str:
    """Return how many rounds and minutes it takes to detect a change, as lines for people.

    All input is checked before anything is measured.

    Args:
        scenario_path: The scenario's file.
        detect: The change to detect, as a text: `2%` or `0.02`.
        profile: Name of the profile to plan for.
        which: The pilot run; the newest suitable one when None.
        power: Statistical power, as a text.
        say: Called with a sentence before a pilot is measured.

    Raises:
        InputError: An argument is invalid, the scenario has no factors, or the pilot run is one of another scenario.
        StoreError: The pilot that was measured is not complete.
    """
    from perflab.analysis.effects import planning  # scipy, 0.4 s
    from perflab.analysis.stats.pairs import Pairs

    change, power_share = change_of(detect), power_of(power)
    resolved = profiles.resolve(loading.load(scenario_path), profile)
    if not resolved.scenario.factors:
        raise InputError(
            "a plan is for detecting a change between cells, and the scenario has no factors",
            where=str(scenario_path),
            hint="add a factor",
        )
    root = project.root_of_scenario(scenario_path)
    saved = _named(which, root, resolved) if which else newest(root, resolved)
    if saved is None:
        saved = _measured(scenario_path, root, resolved, say)
    samples = Pairs.of(saved.samples, weights=endpoint_weights(saved.scenario))
    pilot = planning.Pilot.of(samples, saved.meta.get("phases") or [], replay_of_round_s(saved))
    rounds, round_s = resolved.profile.rounds, resolved.profile.replay_s / resolved.profile.rounds
    path = project.display_path(scenario_path)

    def command(wanted: int) -> str:
        """Return the command to run; a profile's replay_s is for all its rounds, so more rounds need more of it."""
        longer = {} if wanted == rounds else {"rounds": wanted, "replay_s": float(f"{wanted * round_s:.5g}")}
        return notebook.command(Replay.checked({"scenario": path, "profile": profile, **longer}), path)

    changed = tuple(part for part in SHARED if saved.scenario.get(part) != resolved.as_dict().get(part))
    made = planning.plan(pilot, rounds, round_s, change, power_share)
    return plan_text.text(made, saved, project.display_path(saved.directory), profile, changed, command)


def newest(root: Path, resolved: Resolved) -> Run | None:
    """Return the newest complete run of the scenario with 3 rounds or more, of the same profile if there is one.

    A run on another database (`-p database=sqlite`) does not count: its noise is different.
    """
    runs = [
        saved
        for directory in reversed(store.saved(project.reports(root)))
        if directory.parent.name == resolved.scenario.name
        and (saved := _usable(directory)) is not None
        and _same_database(saved, resolved)
    ]
    same_profile = [saved for saved in runs if _profile(saved) == resolved.profile_name]
    return next(iter([*same_profile, *runs]), None)


def replay_of_round_s(saved: Run) -> float | None:
    """Return the seconds of replay that a run's profile planned for each round; None where run.json does not say."""
    profile = (saved.scenario.get("profiles") or {}).get(_profile(saved)) or {}
    rounds, replay_s = profile.get("rounds"), profile.get("replay_s")
    return float(replay_s) / int(rounds) if rounds and replay_s else None


def _usable(directory: Path) -> Run | None:
    try:
        saved = store.load(directory)
    except StoreError:  # of another version, or damaged
        return None
    rounds = len(list((directory / "samples").glob("round-*.parquet")))
    return saved if saved.meta.get("status") == "complete" and rounds >= MIN_ROUNDS else None


def _same_database(saved: Run, resolved: Resolved) -> bool:
    """Return whether both name the same database; older runs, from before there was a choice, name none."""
    database = (saved.scenario.get("subject") or {}).get("database")
    return database in (None, resolved.scenario.subject.database)


def _named(which: str, root: Path, resolved: Resolved) -> Run:
    saved = store.load(which, project.reports(root))
    if saved.scenario_name != resolved.scenario.name:
        raise InputError(
            f"the run {saved.run_id} is of the scenario {saved.scenario_name}, not of {resolved.scenario.name}",
            where="--pilot",
            hint="choose a run of this scenario, or omit --pilot",
        )
    return saved


def _measured(scenario_path: Path, root: Path, resolved: Resolved, say: Callable[[str], None]) -> Run:
    """Measure a pilot of the smoke profile."""
    smoke = profiles.resolve(resolved.scenario, SMOKE).profile
    say(
        f"There is no complete run of {resolved.scenario.name} with {MIN_ROUNDS} rounds or more to plan from, "
        f"so the {SMOKE} profile is measured first."
    )
    run.run(scenario_path, SMOKE, () if smoke.rounds >= MIN_ROUNDS else (f"rounds={MIN_ROUNDS}",))
    saved = newest(root, resolved)
    if saved is None:
        raise StoreError("the pilot that was measured is not complete", hint="see reports/index.html for why")
    return saved


def _profile(saved: Run) -> str:
    return str((saved.meta.get("parameters") or {}).get("profile"))


def change_of(text: str) -> float:
    """Return the relative change that a text means: `2%` and `0.02` are both 0.02.

    Raises:
        InputError: For a text that is no number, or a change that cannot be planned for.
    """
    hint = "write 2% or 0.02"
    value = _share(text, "--detect", hint)
    if value >= 1:
        meaning = "" if text.strip().endswith("%") else f" means {value:.0%}, which"
        raise InputError(
            f"{text.strip()}{meaning} is too large: only changes below 100% can be planned for",
            where="--detect",
            hint=hint,
        )
    if value < MIN_CHANGE:
        raise InputError(
            f"a change of {text.strip()} is too small to plan for",
            where="--detect",
            hint="0.01% is the minimum",
        )
    return value


def power_of(text: str) -> float:
    """Return the power that a text means: `80%` and `0.8` are both 0.8.

    Raises:
        InputError: For a text that is no number, or out of range.
    """
    hint = "write 0.8 or 80%"
    value = _share(text, "--power", hint)
    if not MIN_POWER <= value <= MAX_POWER:
        raise InputError(f"{text.strip()} is not between {MIN_POWER} and {MAX_POWER}", where="--power", hint=hint)
    return value


def _share(text: str, where: str, hint: str) -> float:
    number = text.strip()
    try:
        value = float(number.removesuffix("%"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{text!r} is not a number", where=where, hint=hint)
    return value / 100 if number.endswith("%") else value
