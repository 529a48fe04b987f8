"""A plan in plain lines: the pilot, its noise, what that takes, and what to type."""

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
    place: str,
    profile: str,
    changed: Sequence[str],
    command: Callable[[int], str],
) -> str:
    """`place` is how the pilot's folder is written; `changed` names the parts of the scenario that were others then;
    `command` is what to type for so many rounds.
    """
    return "\n".join(_lines(plan, pilot, place, profile, changed, command))


def _lines(
    plan: Plan,
    pilot: Run,
    place: str,
    profile: str,
    changed: Sequence[str],
    command: Callable[[int], str],
) -> Iterator[str]:
    twin, whole = plan.pilot.twin, plan.pilot.whole
    pilot_profile = str((pilot.meta.get("parameters") or {}).get("profile", units.UNKNOWN))
    yield (f"Pilot: {place}, profile {pilot_profile}, {twin.rounds} rounds of {_replay(plan.pilot.round_s)} of replay.")
    yield (
        f"Noise between its rounds (standard deviation of service time): {_percent(twin.deviation)} between identical cells "
        f"(twin / all_on), which decides what can be seen; {_percent(whole.deviation)} of all_on / all_off."
    )
    yield (
        f"A standard deviation from {twin.rounds} rounds is uncertain: the former may be as much as {_percent(twin.upper)} "
        "(upper 80% confidence bound)."
    )
    if changed:
        yield f"The scenario's {' and '.join(changed)} were not the same then: the pilot may tell too little."
    yield from _assumptions(plan, pilot_profile, profile)
    yield (
        f"To see a change of {plan.detect * 100:g}% (power {plan.power * 100:g}%, confidence 95%): {_need(plan.needed)}; "
        f"with noise at its upper bound {_need(plan.needed_at_bound)}."
    )
    yield _as_it_is(plan, profile)
    yield f"Type: {command(plan.needed.rounds)}"
    if plan.needed_at_bound.rounds != plan.needed.rounds:
        yield f"To be on the safe side: {command(plan.needed_at_bound.rounds)}"


def _assumptions(plan: Plan, pilot_profile: str, profile: str) -> Iterator[str]:
    """What is not known from the pilot, where its rounds are not those that are planned."""
    pilot_s = plan.pilot.round_s
    if pilot_profile != profile:
        yield (
            f"The pilot's numbers hold for rounds like its own: {_replay(pilot_s)} of replay, on the data of {pilot_profile}. "
            f"{profile} replays {_replay(plan.round_s)} a round on data of its own; a pilot of {profile} would tell more."
        )
    elif pilot_s != plan.round_s:
        yield (
            f"The pilot's numbers hold for rounds of {_replay(pilot_s)} of replay; planned are {_replay(plan.round_s)}."
        )
    if plan.scaling != 1:
        yield (
            f"Assumed, not measured: noise falls with the square root of the time replayed, so the plan takes "
            f"{units.significant(plan.scaling, 2)} times the pilot's."
        )
    if plan.pilot.times is None:
        yield "How long a round takes is unknown: the pilot did not note the time of its phases."


def _as_it_is(plan: Plan, profile: str) -> str:
    rounds = plan.as_it_is.rounds
    if plan.mde is None or plan.mde_at_bound is None:
        are = "round has" if rounds == 1 else "rounds have"
        return f"The profile {profile} as it is would see nothing: its {rounds} {are} no interval, which takes 3."
    return (
        f"The profile {profile} as it is ({_need(plan.as_it_is)}) would be blind to changes below {_percent(plan.mde)}; "
        f"with noise at its upper bound, below {_percent(plan.mde_at_bound)}."
    )


def _need(need: Need) -> str:
    rounds = f"{need.rounds:,} rounds"
    return rounds if need.seconds is None else f"{rounds}, {units.clock(need.seconds)} of measuring"


def _replay(value: float | None) -> str:
    return "an unknown time" if value is None else units.seconds(value)


def _percent(share: float) -> str:
    return f"{units.significant(share * 100, 2)}%"
