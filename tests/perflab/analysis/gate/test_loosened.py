"""What a scenario asks: less than the baseline's is worse, unless that is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.analysis.gate.loosened import loosened
from perflab.run.store import Run
from tests.perflab.saved_run import without_samples
from tests.perflab.synthetic import scenario


def asking(**changes: Any) -> Run:
    return without_samples(scenario=scenario(**changes))


def claims(**of_first: Any) -> list[dict[str, Any]]:
    first, *others = scenario()["claims"]
    return [{**first, **of_first}, *others]


def endpoints(without: str = "", unaudited: str = "") -> dict[str, Any]:
    every = scenario()["traffic"]["endpoints"]
    return {
        "endpoints": [{**e, "audited": e["audited"] and e["name"] != unaudited} for e in every if e["name"] != without]
    }


LOOSER: dict[str, tuple[dict[str, Any], str]] = {
    "deleted": ({"claims": scenario()["claims"][1:]}, "The claim response-time was deleted"),
    "bound": ({"claims": claims(bound=0.9)}, "The claim response-time has the bound 0.9, and had 0.95"),
    "metric": ({"claims": claims(metric="query_count")}, "has the metric query_count, and had latency_s"),
    "direction": ({"claims": claims(direction="at_most")}, "has the direction at_most, and had at_least"),
    "scope": ({"claims": claims(scope="payments")}, "is no longer about"),
    "audited": ({"traffic": endpoints(unaudited="job")}, "is no longer about job"),
    "margin": ({"margin": 0.05}, "The margin is 0.05, and was 0.02"),
    "endpoint": ({"traffic": endpoints(without="job")}, "Job is no longer in the scenario"),
}


@pytest.mark.parametrize("what", LOOSER)
def test_a_scenario_that_asks_less_is_worse_and_the_reason_is_named(what):
    changes, words = LOOSER[what]
    assert {check.verdict for check in loosened(asking(), asking())} == {"fine"}

    worse = [check for check in loosened(asking(**changes), asking()) if check.verdict == "worse"]
    assert len(worse) == 1
    assert words in worse[0].sentence


@pytest.mark.parametrize("what", LOOSER)
def test_what_is_allowed_is_fine_and_still_named(what):
    changes, words = LOOSER[what]
    checks = loosened(asking(**changes), asking(), is_allowed=True)

    assert {check.verdict for check in checks} == {"fine"}
    (named,) = (check.sentence for check in checks if words in check.sentence)
    assert named.endswith("; allowed by --allow-loosened.")


@pytest.mark.parametrize("changes", [{"claims": claims(bound=0.97)}, {"margin": 0.01}])
def test_a_stricter_scenario_is_fine(changes):
    assert {check.verdict for check in loosened(asking(**changes), asking())} == {"fine"}


def test_an_endpoint_that_fails_everywhere_is_gone_whatever_the_scenario_may():
    failing = without_samples(scenario=scenario(), first_requests={"left_out": ["job"]})

    (worse,) = (check for check in loosened(failing, asking(), is_allowed=True) if check.verdict == "worse")
    assert worse.sentence == "Job fails in every cell and was left out of the run."
    assert {check.verdict for check in loosened(failing, failing)} == {"fine"}
