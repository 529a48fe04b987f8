"""Checks: every write between the reads that it affects, every read in its variants."""

from __future__ import annotations

from itertools import islice, pairwise

from perflab.scenario.models import Scenario
from perflab.workload.build import build
from perflab.workload.steps import Step
from tests.perflab.workload.hamlet import hamlet, marketplace

SCENARIO = marketplace()
SMOKE = SCENARIO.profiles["smoke"].model_copy(update={"warmup_blocks": 0})
POPULATION = hamlet(SCENARIO)
ENDPOINTS = {endpoint.name: endpoint for endpoint in SCENARIO.traffic.endpoints}


def checks(traffic_blocks: int = 3, seed: int = 1) -> tuple[list[Step], list[Step]]:
    source = build(SCENARIO, SMOKE, seed, 1, POPULATION).start()
    traffic = [step for block in islice(source.blocks(), traffic_blocks) for step in block]
    return traffic, [step for block in source.checks() for step in block]


TRAFFIC, STEPS = checks()


def test_they_come_after_the_traffic_in_whole_blocks_and_every_cell_replays_them() -> None:
    assert [step.step for step in [*TRAFFIC, *STEPS]] == list(range(len(TRAFFIC) + len(STEPS)))
    assert [step.block for step in STEPS] == [step.step // SMOKE.block for step in STEPS]
    assert all(earlier.at_s < later.at_s for earlier, later in pairwise(STEPS))
    assert {step.phase for step in STEPS} == {"check"} and all(step.is_check for step in STEPS)
    assert not any(step.is_check for step in TRAFFIC)


def test_every_write_stands_between_the_same_reads() -> None:
    for write in (step for step in STEPS if step.writes):
        after = [step for step in STEPS if step.affected_by == write.step]
        before = STEPS[STEPS.index(write) - len(after) : STEPS.index(write)]
        assert [(s.endpoint, s.path, s.user) for s in before] == [(s.endpoint, s.path, s.user) for s in after]
        assert {step.endpoint for step in after} == set(ENDPOINTS[write.endpoint].affects)
        assert all(step.affected_by is None for step in before)
    assert {step.endpoint for step in STEPS if step.writes} == {e.name for e in ENDPOINTS.values() if e.writes}


def test_every_read_is_requested_in_its_variants_and_once_more() -> None:
    reads = [step for step in STEPS if not step.writes]
    last = {name: [s for s in reads if s.endpoint == name][-5:] for name, e in ENDPOINTS.items() if not e.writes}
    for name, variants in last.items():
        assert (variants[0].path, variants[0].user) == (variants[-1].path, variants[-1].user), name
    account = [step.user for step in last["account"]]
    assert len(set(account)) == 2, "two callers of the same path"
    assert len({step.path for step in last["payments"]}) == 3, "two users, and another page of the first"
    assert len({(step.path, step.user) for step in last["profile"]}) == 3, "two people, one of them by two callers"


def test_what_may_be_written_once_is_not_what_the_traffic_wrote() -> None:
    traffic, steps = checks(10)
    once = [(s.endpoint, s.path, s.body, s.user) for s in [*traffic, *steps] if s.writes and ENDPOINTS[s.endpoint].once]
    assert len(once) > 10 and len(set(once)) == len(once)


def test_they_are_few_and_the_same_for_the_same_seed() -> None:
    assert len(STEPS) < 250
    assert checks()[1] == STEPS


def test_a_read_without_anything_to_choose_is_checked_too() -> None:
    text = SCENARIO.as_dict()
    text["traffic"]["endpoints"] += [
        {"name": "newest", "method": "GET", "path": "/newest", "weight": 1},
        {"name": "paged", "method": "GET", "path": "/newest?page={page}", "weight": 1, "params": {"page": [1, 2]}},
    ]
    scenario = Scenario.model_validate(text)
    source = build(scenario, SMOKE, 1, 1, hamlet(scenario)).start()
    checks = [step for block in source.checks() for step in block]
    assert {step.path for step in checks if step.endpoint == "newest"} == {"/newest"}
    assert {step.path for step in checks if step.endpoint == "paged"} == {"/newest?page=1", "/newest?page=2"}


def test_other_objects_are_tried_where_a_later_page_was_empty() -> None:
    source = build(SCENARIO, SMOKE, 1, 1, POPULATION).start()
    last = [*next(source.blocks()), *(step for block in source.checks() for step in block)][-1]
    blocks = list(source.later_pages("best-applicants"))
    steps = [step for block in blocks for step in block]
    assert [block[0].block for block in blocks] == list(range(last.block + 1, last.block + 1 + len(blocks)))
    assert steps[0].step == last.step + 1 and {step.phase for step in steps} == {"check"}
    pairs = list(zip(steps[::2], steps[1::2], strict=True))
    assert all(second.path == first.path.replace("page=1", "page=2") != first.path for first, second in pairs)
    assert len({first.path for first, _ in pairs}) == len(pairs) > 1


def test_requests_of_the_traffic_are_made_once_more_as_checks() -> None:
    trace = build(SCENARIO, SMOKE, 1, 1, POPULATION)
    source = trace.start()
    traffic = next(source.blocks())
    (block,) = source.again([traffic[3], traffic[7]])
    for step, before in zip(block, (traffic[3], traffic[7]), strict=True):
        assert (step.endpoint, step.path, step.user, step.body) == (
            before.endpoint,
            before.path,
            before.user,
            before.body,
        )
        assert step.is_check and step.affected_by is None
    assert [step.step for step in block] == [len(traffic), len(traffic) + 1]
    assert traffic[-1].at_s < block[0].at_s < block[1].at_s
    (after,) = source.again(block[:1])
    assert (after[0].step, after[0].block) == (block[-1].step + 1, block[0].block + 1)
    assert list(source.again([])) == []
