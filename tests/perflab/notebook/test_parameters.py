"""Parameters of notebooks: typed, checked, and unknown ones refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from perflab.errors import InputError
from perflab.notebook.parameters import (
    FORMER_NAMES,
    MODELS,
    Charts,
    Explore,
    Replay,
    Seed,
    changeable,
    from_command_line,
)
from perflab.scenario import loading, profiles
from perflab.scenario.keys.profile import FORMER_PROFILE_KEYS
from perflab.scenario.profiles import OVERRIDES

SCENARIO = Path(__file__).resolve().parents[3] / "scenarios" / "marketplace.yaml"


def test_texts_are_read_as_what_their_parameter_is() -> None:
    assert from_command_line(["rounds=5", "zipf=.8", "seed=7", "replay_s=none"]) == {
        "rounds": 5, "zipf": 0.8, "seed": 7, "replay_s": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("rounds", "is not NAME=VALUE"),
        ("round=5", "unknown parameter 'round'; did you mean 'rounds'"),
        ("rounds=false", "parameter rounds should be a whole number, not false "),
        ("rounds=1.5", "parameter rounds"),
        ("zipf=inf", "parameter zipf should be a finite number, not inf "),
        ("replay_s=12e5678", "parameter replay_s"),
        (
            "rounds=0",
            "parameter rounds should be at least 1, not 0 [(]number of rounds; an interval needs 3 or more[)]$",
        ),
        ("database=mysql", "parameter database.*postgresql or sqlite"),
        ("profile=smoke", "use --profile"),
        ("run_id=x", "set by perflab run itself"),
        ("block=5", "parameter block"),
        ("as_of=tomorrow", "parameter as_of.*2025-10-20"),
        ("margin=2", "parameter margin should be below 1, not 2 "),
    ],
)
def test_what_cannot_be_is_one_line(pair: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        from_command_line([pair])
    assert "\n" not in str(raised.value)


def test_the_command_line_takes_every_number_that_a_profile_and_the_traffic_have_and_no_other() -> None:
    assert set(changeable()) == {"seed", *OVERRIDES}


def test_every_number_reaches_the_scenario() -> None:
    values = {
        "scale": 0.02, "rounds": 4, "block": 40, "slice": 10, "replay_s": 9.0, "warmup_blocks": 3, "index_study_s": 1.0,
        "warm_s": 2.5, "lanes": 2, "decide": True, "capacity_s": 4.5, "minutes": 6.0,
        "rate_per_s": 0.5, "active_users": 7, "zipf": 0.5, "timeout_s": 12.0, "margin": 0.05, "as_of": "2025-01-31",
        "database": "sqlite",
    }  # fmt: skip
    assert {*values, "code", "packages", "expect"} == set(OVERRIDES)
    given = from_command_line([f"{name}={value}" for name, value in values.items()])
    assert given == values
    resolved = profiles.resolve(loading.load(SCENARIO), "smoke", Replay.checked(given).overrides())
    scenario = resolved.as_dict()
    levels = {
        **scenario["profiles"]["smoke"],
        **scenario["traffic"],
        **scenario["subject"],
        **scenario["data"],
        **scenario,
    }
    assert {name: str(levels[name]) for name in values} == {name: str(value) for name, value in values.items()}


def test_revisions_take_the_place_of_what_a_scenario_compares() -> None:
    given = from_command_line(["code=main..change"])
    scenario = profiles.resolve(loading.load(SCENARIO), "smoke", Replay.checked(given).overrides()).scenario
    (factor,) = scenario.factors
    assert factor.describe() == "code: main when off, change when on"
    assert not scenario.claims and scenario.capacity is None
    assert scenario.title == "What changes from main to change?"
    pinned = profiles.resolve(loading.load(SCENARIO), "smoke", {"packages": "requirements.txt", "code": "main.."})
    assert pinned.scenario.factors[0].describe() == (
        "code: main with requirements.txt when off, the working tree with requirements.txt when on"
    )
    decided = profiles.resolve(
        loading.load(SCENARIO), "smoke", {"decide": True, "warm_s": 2.0, "code": "main.."}
    ).profile
    assert decided.decide and decided.warm_s == 2.0, "whichever comes first"
    with pytest.raises(InputError, match="packages are those of revisions"):
        profiles.resolve(loading.load(SCENARIO), "smoke", {"packages": "requirements.txt"})
    assert profiles.resolve(loading.load(SCENARIO), "smoke", {"code": "main.."}).scenario.factors[0].describe() == (
        "code: main when off, the working tree when on"
    )
    first = loading.load(SCENARIO).traffic.endpoints[0].name
    expected = from_command_line([f'expect={{"slower": ["{first}"]}}'])
    resolved = profiles.resolve(loading.load(SCENARIO), "smoke", Replay.checked(expected).overrides())
    assert resolved.scenario.expect.slower == [first]
    with pytest.raises(InputError, match="parameter code "):
        from_command_line(["code=--upload-pack=x"])


def test_former_names_are_accepted_on_the_command_line_and_in_notebooks() -> None:
    assert from_command_line(["ledger_s=7", "turn=3"]) == {"index_study_s": 7.0, "slice": 3}
    with pytest.raises(InputError, match="index_study_s is given twice"):
        from_command_line(["ledger_s=7", "index_study_s=8"])
    older = {"In": ["# Parameters\nledger_s = 7\nrounds = None"], "ledger_s": 7, "rounds": None}
    assert Replay.of(older).index_study_s == 7


def test_former_names_are_those_of_the_scenario_file() -> None:
    assert FORMER_NAMES == FORMER_PROFILE_KEYS


def test_what_changes_the_data_is_given_to_the_seeding_too() -> None:
    rows, day = {"scale": 0.02}, {"as_of": "2025-01-31"}
    assert Seed.checked({**rows, **day}).overrides() == {**rows, **day}


def test_a_parameter_given_twice_is_an_error() -> None:
    with pytest.raises(InputError, match="given twice"):
        from_command_line(["seed=1", "seed=2"])


def test_a_notebook_hands_over_its_names() -> None:
    namespace = {"scenario": "scenarios/x.yaml", "profile": "smoke", "seed": 3, "an_analysts_own": object()}
    assert Seed.of(namespace) == Seed(scenario="scenarios/x.yaml", profile="smoke", seed=3)


def test_a_misspelt_name_in_the_injected_cell_is_refused() -> None:
    cells = ["", "# Parameters: ours\nseed = 1", "# Parameters\nsede = 5\n"]
    with pytest.raises(InputError, match="unknown parameter 'sede'; did you mean 'seed'"):
        Seed.of({"In": cells, "seed": 1, "sede": 5})


def test_a_corrected_cell_is_believed() -> None:
    cells = ["# Parameters\nsede: int = 5", "# Parameters\nseed: int = 5"]
    assert Seed.of({"In": cells, "seed": 5}).seed == 5


@pytest.mark.parametrize("model", [*MODELS.values(), Explore])
def test_no_model_takes_what_it_does_not_know(model: Any) -> None:
    with pytest.raises(InputError, match="unknown parameter"):
        model.checked({"surprise": 1})


def test_overrides_are_what_differs_from_the_scenario() -> None:
    assert Replay(rounds=5, run_id="x").overrides() == {"rounds": 5}
    assert Replay(database="sqlite").overrides() == Seed(database="sqlite").overrides() == {"database": "sqlite"}
    assert Seed(seed=3, profile="smoke").overrides() == {}


@pytest.mark.parametrize("run_id", ["../x", "", "a b", ".hidden"])
def test_a_run_id_is_no_path(run_id: str) -> None:
    with pytest.raises(ValueError, match="run_id"):
        Replay(run_id=run_id)


def test_the_default_is_the_latest_run() -> None:
    assert Charts.of({}).run == "latest"


def test_parameters_show_what_they_are_for() -> None:
    html = Explore(run="<b>")._repr_html_()
    text = re.sub(r"<[^>]+>", "|", html.rpartition("</style>")[2])
    assert "run||&lt;b&gt;||saved run: latest, a run_id or its directory|" in text
    assert "other||–||run to compare with" in text


def test_former_names_of_numbers_are_still_taken() -> None:
    assert from_command_line(["ledger_s=2", "turn=4"]) == {"index_study_s": 2.0, "slice": 4}
    with pytest.raises(InputError, match="-p index_study_s is given twice"):
        from_command_line(["ledger_s=2", "index_study_s=2"])
