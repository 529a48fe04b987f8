"""A plan for a run, from a pilot: a saved run of the same scenario, or one of the smoke profile, measured first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from perflab import notebook
from perflab.cli import run as pipeline
from perflab.errors import InputError, StoreError
from perflab.notebook import project
from perflab.notebook.parameters import Replay
from perflab.run import store
from perflab.run.store import REPORTS, Run
from perflab.scenario import loading, profiles
from perflab.scenario.profiles import Resolved

SMOKE = "smoke"
LEAST_ROUNDS = 3
# Parts of the scenario that a pilot and what is planned from it should have in common.
SAME = ("data", "traffic", "factors")


def plan(
    scenario_path: Path,
    detect: str,
    profile: str,
    which: str | None,
    power: str,
    say: Callable[[str], None],
) -> str:
    """How many rounds and minutes it takes to see a change of `detect`, as lines for people.

    All input is checked first. `which` names the pilot; without it the newest run that fits is one, and where there is none
    the smoke profile is measured, which `say` tells before.
    """
    from perflab.analysis.effects import planning  # scipy, 0.4 s
    from perflab.cli import plan_text as lines

    change, often = planning.change_of(detect), planning.power_of(power)
    question = profiles.resolve(loading.load(scenario_path), profile)
    root = project.root_of_scenario(scenario_path)
    saved = _named(which, root, question) if which else newest(root, question)
    if saved is None:
        saved = _measured(scenario_path, root, question, say)
    pilot = planning.Pilot.of(saved.samples, saved.meta.get("phases") or [], replay_of_round_s(saved))
    rounds, round_s = question.profile.rounds, question.profile.replay_s / question.profile.rounds
    found = planning.plan(pilot, rounds, round_s, change, often)
    path = project.shown(scenario_path)

    def command(wanted: int) -> str:
        """A profile's seconds of replay are those of all its rounds together: more rounds need more of them."""
        longer = {} if wanted == rounds else {"rounds": wanted, "replay_s": float(f"{wanted * round_s:.5g}")}
        return notebook.command(Replay.checked({"scenario": path, "profile": profile, **longer}), path)

    changed = tuple(part for part in SAME if saved.scenario.get(part) != question.as_dict().get(part))
    return lines.text(found, saved, project.shown(saved.directory), profile, changed, command)


def newest(root: Path, question: Resolved) -> Run | None:
    """The newest complete run of the scenario with 3 rounds or more, of the same profile if there is one.

    One that was measured on another database (`-p database=sqlite`) is none: how its times vary is another matter.
    """
    folder = question.scenario.name
    runs = [
        run
        for directory in reversed(store.saved(root / REPORTS))
        if directory.parent.name == folder and (run := _usable(directory)) is not None and _same_database(run, question)
    ]
    same = [run for run in runs if _profile(run) == question.profile_name]
    return next(iter([*same, *runs]), None)


def replay_of_round_s(run: Run) -> float | None:
    """The seconds of replay that a run's profile allowed each round; None where run.json does not say."""
    profile = (run.scenario.get("profiles") or {}).get(_profile(run)) or {}
    rounds, replay_s = profile.get("rounds"), profile.get("replay_s")
    return float(replay_s) / int(rounds) if rounds and replay_s else None


def _usable(directory: Path) -> Run | None:
    try:
        run = store.load(directory)
    except StoreError:  # of another version, or damaged
        return None
    rounds = len(list((directory / "samples").glob("round-*.parquet")))
    return run if run.meta.get("status") == "complete" and rounds >= LEAST_ROUNDS else None


def _same_database(run: Run, question: Resolved) -> bool:
    """Whether run and question name the same database; a run from before there was a choice names none."""
    named = (run.scenario.get("subject") or {}).get("database")
    return named in (None, question.scenario.subject.database)


def _named(which: str, root: Path, question: Resolved) -> Run:
    run = store.load(which, root / REPORTS)
    if run.scenario_name != question.scenario.name:
        raise InputError(
            f"the run {run.run_id} is of the scenario {run.scenario_name}, not of {question.scenario.name}",
            where="--pilot",
            hint="choose a run of this scenario, or leave --pilot out",
        )
    return run


def _measured(scenario_path: Path, root: Path, question: Resolved, say: Callable[[str], None]) -> Run:
    """A pilot of the smoke profile, measured now."""
    smoke = profiles.resolve(question.scenario, SMOKE).profile
    say(
        f"There is no complete run of {question.scenario.name} with {LEAST_ROUNDS} rounds or more to plan from: "
        f"the {SMOKE} profile is measured first."
    )
    pipeline.run(scenario_path, SMOKE, () if smoke.rounds >= LEAST_ROUNDS else (f"rounds={LEAST_ROUNDS}",))
    run = newest(root, question)
    if run is None:
        raise StoreError("the pilot that was measured is not complete", hint="see reports/index.html for why")
    return run


def _profile(run: Run) -> str:
    return str((run.meta.get("parameters") or {}).get("profile"))
