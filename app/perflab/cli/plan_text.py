"""A plan as plain lines: the pilot run, its noise, the rounds needed, and the command to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from perflab import units
from perflab.run.store import Run

if TYPE_CHECKING:
    from perflab.analysis.effects.planning import Need, Plan


def text(
    plan: Plan,
    pilot: Run,
    path: str,
    profile: str,
    changed: Sequence[str],
    command: Callable[[int], str],
) -> str:
    """Return a plan as lines for people.

    Args:
        plan: The plan.
        pilot: The pilot run.
        path: The pilot's directory, as displayed.
        profile: Name of the profile that is planned for.
        changed: Parts of the scenario that have changed since the pilot run.
        command: Returns the command for a number of rounds.
    """
    return "\n".join(_lines(plan, pilot, path, profile, changed, command))


def _lines(
    plan: Plan,
    pilot: Run,
    path: str,
    profile: str,
    changed: Sequence[str],
    command: Callable[[int], str],
) -> Iterator[str]:
    twin, whole = plan.pilot.twin, plan.pilot.whole
    pilot_profile = str((pilot.meta.get("parameters") or {}).get("profile", units.UNKNOWN))
    yield (f"Pilot: {path}, profile {pilot_profile}, {twin.rounds} rounds of {_replay(plan.pilot.round_s)}.")
    yield (
        f"Noise between its rounds (standard deviation of the log ratio of mean service times): {_percent(twin.deviation)} "
        f"between identical cells (A/A control / all_on), which limits the detectable change; {_percent(whole.deviation)} "
        "for all_on / all_off."
    )
    yield (
        f"A standard deviation from {twin.rounds} rounds is uncertain: the noise between identical cells may be as "
        f"high as {_percent(twin.upper)} (upper 80% confidence bound)."
    )
    if changed:
        yield f"The scenario's {' and '.join(changed)} changed since the pilot run: its noise may be different."
    yield from _assumptions(plan, pilot_profile, profile)
    yield (
        f"To detect a change of {plan.detect * 100:g}% (power {plan.power * 100:g}%, confidence 95%): {_need(plan.needed)}; "
        f"with noise at its upper bound {_need(plan.needed_at_bound)}."
    )
    yield _as_it_is(plan, profile)
    yield f"Run: {command(plan.needed.rounds)}"
    if plan.needed_at_bound.rounds != plan.needed.rounds:
        yield f"To be safe: {command(plan.needed_at_bound.rounds)}"


def _assumptions(plan: Plan, pilot_profile: str, profile: str) -> Iterator[str]:
    """Yield what the pilot cannot show, as its rounds differ from the planned ones."""
    pilot_s = plan.pilot.round_s
    if pilot_profile != profile:
        yield (
            f"The pilot's numbers apply to rounds like its own: {_replay(pilot_s)} on the data of the "
            f"profile {pilot_profile}. The profile {profile} replays {units.seconds(plan.round_s)} per round on its own "
            "data; a pilot run with this profile would be more accurate."
        )
    elif pilot_s != plan.round_s:
        yield (f"The pilot's numbers apply to rounds of {_replay(pilot_s)}; {units.seconds(plan.round_s)} are planned.")
    if plan.scaling != 1:
        yield (
            f"Assumed, not measured: noise falls with the square root of the time replayed, so the plan assumes "
            f"{units.significant(plan.scaling, 2)} times the pilot's noise."
        )
    if plan.pilot.times is None:
        yield "The duration of a round is unknown: the pilot run did not record its phases."


def _as_it_is(plan: Plan, profile: str) -> str:
    rounds = plan.as_it_is.rounds
    if plan.mde is None or plan.mde_at_bound is None:
        has = "1 round" if rounds == 1 else f"{rounds} rounds"
        return f"The profile {profile} cannot detect anything as it is: it has {has}, and an interval needs 3."
    return (
        f"The profile {profile} as it is ({_need(plan.as_it_is)}) could only detect changes of "
        f"{_percent(plan.mde)} or more; with noise at its upper bound, {_percent(plan.mde_at_bound)} or more."
    )


def _need(need: Need) -> str:
    rounds = f"{need.rounds:,} rounds"
    return rounds if need.seconds is None else f"{rounds}, {units.clock(need.seconds)} of measuring time"


def _replay(value: float | None) -> str:
    return "unknown replay time" if value is None else f"{units.seconds(value)} of replay"


def _percent(share: float) -> str:
    return units.times(1 + share, 2) if share > 1 else f"{units.significant(share * 100, 2)}%"
