"""The pilot of a plan: which run it is, and that one is measured where there is none; and what the options mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from perflab.analysis.effects import planning
from perflab.cli import plan as planning_command
from perflab.cli import run as run_command
from perflab.cli.run import Outcome
from perflab.errors import InputError, StoreError
from perflab.run.cells import OPTIMISED, TWIN
from perflab.run.store import Run
from perflab.scenario import loading, profiles
from tests.perflab import saved_run, synthetic
from tests.perflab.synthetic import Truth

SCENARIO = Path(__file__).resolve().parents[3] / "scenarios" / "marketplace.yaml"
SMOKE = {"scale": 0.05, "rounds": 3, "block": 20, "replay_s": 24, "warmup_blocks": 2}
PHASES = [
    {"name": "seed", "seconds": 5.0},
    {"name": "start workers", "seconds": 9.0},
    {"name": "replay", "seconds": 24.0},
]


@pytest.fixture
def question(tmp_path: Path) -> Path:
    """A project with a scenario and no run."""
    (tmp_path / "scenarios").mkdir()
    path = tmp_path / "scenarios" / "marketplace.yaml"
    path.write_text(SCENARIO.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def save(
    question: Path,
    run_id: str,
    profile: str = "smoke",
    rounds: int = 3,
    subject: dict[str, Any] | None = None,
    **changes: Any,
) -> Run:
    truth = Truth(rounds=rounds, blocks=2)
    return saved_run.save(
        question.parent.parent / "reports",
        truth,
        run_id,
        parameters={"profile": profile, "seed": 1},
        scenario=synthetic.scenario(truth, profiles={profile: {**SMOKE, "rounds": rounds}}, subject=subject or {}),
        phases=PHASES,
        **changes,
    )


def plan(question: Path, which: str | None = None, profile: str = "default") -> list[str]:
    sentences: list[str] = []
    text = planning_command.plan(question, "2%", profile, which, "0.8", sentences.append)
    assert sentences == []
    return text.splitlines()


def newest(question: Path, profile: str = "default") -> str | None:
    run = planning_command.newest(question.parent.parent, profiles.resolve(loading.load(question), profile))
    return None if run is None else run.run_id


def test_the_pilot_is_the_newest_complete_run_with_three_rounds(question: Path) -> None:
    assert newest(question) is None
    save(question, "20261123-100000")
    save(question, "20261123-110000")
    save(question, "20261123-120000", rounds=2)
    save(question, "20261123-130000", status="failed")
    (question.parent.parent / "reports" / "marketplace" / "20261123-140000").mkdir()
    (question.parent.parent / "reports" / "marketplace" / "20261123-140000" / "run.json").write_text("{")
    assert newest(question) == "20261123-110000"


def test_a_run_of_the_same_profile_goes_first(question: Path) -> None:
    save(question, "20261123-100000", "default")
    save(question, "20261123-110000", "smoke")
    assert newest(question, "default") == "20261123-100000"
    assert newest(question, "smoke") == "20261123-110000"
    assert newest(question, "nightly") == "20261123-110000"


def test_a_run_on_another_database_is_no_pilot(question: Path) -> None:
    save(question, "20261123-100000")  # from before there was a choice
    save(question, "20261123-110000", subject={"database": "postgresql"})
    save(question, "20261123-120000", subject={"database": "sqlite"})
    assert newest(question) == "20261123-110000"


def test_a_run_of_another_scenario_is_no_pilot(question: Path) -> None:
    other = question.with_name("other.yaml")
    other.write_text(question.read_text(encoding="utf-8"), encoding="utf-8")
    saved = save(question, "20261123-100000")
    assert newest(other) is None
    with pytest.raises(InputError, match="is of the scenario marketplace, not of other"):
        plan(other, str(saved.directory))


def test_a_plan_says_what_to_type_and_gives_more_rounds_more_time(question: Path) -> None:
    saved = save(question, "20261123-100000")
    lines = plan(question)
    profile = loading.load(question).profiles["default"]
    round_s = profile.replay_s / profile.rounds
    noise = planning.noise(saved.samples, OPTIMISED, TWIN).scaled(math.sqrt(8 / round_s))
    rounds = planning.rounds_needed(noise.deviation, math.log1p(0.02))
    command = next(line for line in lines if line.startswith("Run: "))
    assert command.removeprefix("Run: ") == (
        f"perflab run {question} --profile default -p rounds={rounds} -p replay_s={rounds * round_s:g}"
    )
    assert "3 rounds of 8.00 s of replay" in lines[0]


def test_two_rounds_are_one_plain_line(question: Path) -> None:
    saved = save(question, "20261123-100000", rounds=2)
    with pytest.raises(InputError) as raised:
        plan(question, saved.run_id)
    assert "a pilot needs 3 rounds" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_without_a_pilot_smoke_is_measured_first_and_that_is_stated_before(
    question: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []

    def measure(path: Path, profile: str, pairs: Sequence[str]) -> Outcome:
        happened.append(f"measured {path.name} {profile} {list(pairs)}")
        save(question, "20261123-150000", profile)
        return Outcome("", True, Path())

    monkeypatch.setattr(run_command, "run", measure)
    text = planning_command.plan(question, "2%", "default", None, "0.8", happened.append)
    assert len(happened) == 2
    assert "the smoke profile is measured first" in happened[0]
    assert happened[1] == "measured marketplace.yaml smoke []"
    assert "20261123-150000" in text.splitlines()[0]


def test_a_pilot_that_did_not_end_well_is_an_error(question: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_command, "run", lambda *_: Outcome("", False, Path()))
    with pytest.raises(StoreError, match="not complete"):
        planning_command.plan(question, "2%", "default", None, "0.8", lambda _: None)


def test_bad_input_is_found_before_anything_is_measured(question: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_command, "run", lambda *_: pytest.fail("measured"))
    for detect, profile, power in (("2", "default", "0.8"), ("2%", "big", "0.8"), ("2%", "default", "2")):
        with pytest.raises(InputError):
            planning_command.plan(question, detect, profile, None, power, lambda _: pytest.fail("said something"))


def test_what_a_run_does_not_say_of_its_rounds_is_unknown() -> None:
    assert planning_command.replay_of_round_s(saved_run.without_samples()) is None


# -- what the options mean -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["2%", "0.02", " 2 % ", "2.0%", ".02", "2e-2"])
def test_a_change_is_a_percentage_or_a_share(text: str) -> None:
    assert planning_command.change_of(text) == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "2",
            "--detect: 2 means 200%, which is too large: only changes below 100% can be planned for; write 2% or 0.02",
        ),
        ("much", "--detect: 'much' is not a number; write 2% or 0.02"),
        ("2,5%", "--detect: '2,5%' is not a number; write 2% or 0.02"),
        ("", "--detect: '' is not a number; write 2% or 0.02"),
        ("nan", "--detect: 'nan' is not a number; write 2% or 0.02"),
        ("inf", "--detect: 'inf' is not a number; write 2% or 0.02"),
        ("0", "--detect: a change of 0 is too small to plan for; 0.01% is the minimum"),
        ("-2%", "--detect: a change of -2% is too small to plan for; 0.01% is the minimum"),
        ("100%", "--detect: 100% is too large: only changes below 100% can be planned for; write 2% or 0.02"),
    ],
)
def test_what_is_no_change_is_stated_in_one_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        planning_command.change_of(text)
    assert str(raised.value) == message


def test_power_is_a_share_from_a_half_up() -> None:
    assert planning_command.power_of("80%") == planning_command.power_of("0.8") == 0.8
    for text in ("0.3", "1", "80"):
        with pytest.raises(InputError, match=r"--power: .* is not between 0.5 and 0.999; write 0.8 or 80%"):
            planning_command.power_of(text)


def test_a_scenario_without_factors_has_nothing_to_plan(question: Path) -> None:
    text = question.read_text(encoding="utf-8")
    question.write_text(text[: text.index("factors:")] + text[text.index("margin:") :], encoding="utf-8")
    with pytest.raises(InputError, match="the scenario has no factors; add a factor"):
        plan(question)
