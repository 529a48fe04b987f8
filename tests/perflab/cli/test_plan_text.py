"""A plan in plain lines, and each assumption said."""

from __future__ import annotations

from perflab.analysis.effects.planning import Noise, Pilot, Times, plan
from perflab.cli import plan_text
from tests.perflab import saved_run

TIMES = Times(once_s=10, around_s=2, replay_s=8)


def lines(
    *,
    deviation: float = 0.01,
    pilot_s: float | None = 8.0,
    round_s: float = 8.0,
    profile: str = "smoke",
    rounds: int = 8,
    times: Times | None = TIMES,
    changed: tuple[str, ...] = (),
) -> list[str]:
    pilot = Pilot(Noise(deviation, 5), Noise(0.03, 5), times, pilot_s)
    made = plan(pilot, rounds, round_s, 0.02)
    run = saved_run.without_samples(parameters={"profile": "smoke", "seed": 1})
    text = plan_text.text(made, run, "reports/x/1", profile, changed, lambda n: f"perflab run x -p rounds={n}")
    return text.splitlines()


def test_a_plan_from_a_run_of_the_same_profile() -> None:
    expected = """\
        Pilot: reports/x/1, profile smoke, 5 rounds of 8.00 s of replay.
        Noise between its rounds (standard deviation of the log ratio of mean service times): 1.0% between identical \
        cells (A/A control / all_on), which limits the detectable change; 3.0% for all_on / all_off.
        A standard deviation from 5 rounds is uncertain: the noise between identical cells may be as high as 1.6% \
        (upper 80% confidence bound).
        To detect a change of 2% (power 80%, confidence 95%): 6 rounds, 1 min 10 s of measuring time; \
        with noise at its upper bound 8 rounds, 1 min 30 s of measuring time.
        The profile smoke as it is (8 rounds, 1 min 30 s of measuring time) could only detect changes of 1.5% or more; \
        with noise at its upper bound, 1.8% or more.
        Run: perflab run x -p rounds=6
        To be safe: perflab run x -p rounds=8"""
    assert "\n".join(lines()) == expected.replace(" " * 8, "")


def test_another_profile_is_an_assumption_and_labelled_as_one() -> None:
    text = "\n".join(lines(profile="default", round_s=32.0))
    assert "apply to rounds like its own: 8.00 s of replay on the data of the profile smoke." in text
    assert (
        "The profile default replays 32.0 s per round on its own data; a pilot run with this profile would be" in text
    )
    assert (
        "Assumed, not measured: noise falls with the square root of the time replayed, so the plan assumes 0.50 times"
        in text
    )


def test_longer_rounds_of_the_same_profile_are_an_assumption_too() -> None:
    text = "\n".join(lines(round_s=32.0))
    assert "apply to rounds of 8.00 s of replay; 32.0 s are planned." in text
    assert "Assumed, not measured" in text


def test_a_scenario_that_was_another_then_is_named() -> None:
    text = "\n".join(lines(changed=("traffic", "factors")))
    assert "The scenario's traffic and factors changed since the pilot run" in text


def test_what_is_unknown_is_stated() -> None:
    text = "\n".join(lines(times=None, pilot_s=None))
    assert "5 rounds of unknown replay time" in text
    assert "The duration of a round is unknown" in text
    assert "confidence 95%): 6 rounds; with noise" in text


def test_a_profile_of_two_rounds_sees_nothing() -> None:
    text = "\n".join(lines(rounds=2))
    assert "The profile smoke cannot detect anything as it is: it has 2 rounds, and an interval needs 3." in text


def test_without_noise_there_is_one_command() -> None:
    assert [line for line in lines(deviation=0.0) if "perflab run" in line] == ["Run: perflab run x -p rounds=3"]
