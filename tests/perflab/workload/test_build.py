"""What a trace has to contain, asked of the marketplace's own scenario on a population made by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from itertools import islice, pairwise
from pathlib import Path

import pytest

from perflab.run.tables import TRACE
from perflab.scenario.endpoint_params import RowField
from perflab.scenario.loading import parse
from perflab.workload.build import Builder, build
from perflab.workload.people import Population
from perflab.workload.steps import Step
from tests.perflab.workload.hamlet import CLIENTS, hamlet, marketplace, read_back

SCENARIO = read_back(marketplace(), "everyone")
WARM = SCENARIO.profiles["smoke"].model_copy(update={"warmup_blocks": 3})
SMOKE = WARM.model_copy(update={"warmup_blocks": 0})
POPULATION = hamlet(SCENARIO)
ROOT = Path(__file__).parents[3]


def trace(blocks: int = 200, seed: int = 1, round: int = 1) -> list[Step]:
    return build(SCENARIO, SMOKE, seed, round, POPULATION).steps(blocks)


STEPS = trace()
WRITES = [s for s in STEPS if s.writes]


def test_blocks_are_whole_and_steps_are_numbered_through() -> None:
    blocks = list(islice(build(SCENARIO, SMOKE, 1, 1, POPULATION), 30))
    assert {len(block) for block in blocks} == {SMOKE.block}
    assert [s.step for block in blocks for s in block] == list(range(30 * SMOKE.block))
    assert [s.block for block in blocks for s in block] == [n // SMOKE.block for n in range(30 * SMOKE.block)]
    assert {block[0].phase for block in blocks} == {"measured"}


def test_the_blocks_of_a_warm_up_are_the_first_ones() -> None:
    blocks = list(islice(build(SCENARIO, WARM, 1, 1, POPULATION), 30))
    assert [block[0].phase for block in blocks] == ["warmup"] * 3 + ["measured"] * 27
    assert all({step.phase for step in block} == {block[0].phase} for block in blocks)


def test_a_longer_trace_begins_like_a_shorter_one() -> None:
    assert trace(20) == trace(40)[: 20 * SMOKE.block]


def test_time_goes_on_at_the_rate_of_the_scenario() -> None:
    times = [s.at_s for s in STEPS]
    assert all(a < b for a, b in zip([0.0, *times[:-1]], times, strict=True))
    rate = len(STEPS) / times[-1]
    assert abs(rate / SCENARIO.traffic.rate_per_s - 1) < 0.1
    pauses = [b - a for a, b in pairwise(times)]
    mean = sum(pauses) / len(pauses)
    spread = (sum((p - mean) ** 2 for p in pauses) / len(pauses)) ** 0.5
    assert abs(spread / mean - 1) < 0.15  # exponential pauses: a Poisson process


def test_the_same_seed_and_round_give_the_same_trace_and_others_another() -> None:
    assert trace(20) == trace(20)
    assert trace(20, round=2) != trace(20)
    assert trace(20, seed=2) != trace(20)


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_the_hash_seed_of_the_process_changes_nothing(hash_seed: str) -> None:
    code = (
        "from tests.perflab.workload.test_build import trace\n"
        "import hashlib; print(hashlib.sha256(repr(trace(20)).encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{ROOT / 'app'}:{ROOT}"}
    process = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    import hashlib

    assert process.stdout.strip() == hashlib.sha256(repr(trace(20)).encode()).hexdigest()


def test_the_mix_is_that_of_the_weights_also_with_the_reads_after_writes() -> None:
    counts = Counter(s.endpoint for s in trace(1000))
    total = sum(e.weight for e in SCENARIO.traffic.endpoints)
    for endpoint in SCENARIO.traffic.endpoints:
        expected = 20_000 * endpoint.weight / total
        assert abs(counts[endpoint.name] - expected) < 5 * expected**0.5 + 3, endpoint.name


def test_after_every_write_what_it_affects_is_read_before_the_block_ends() -> None:
    read_back = defaultdict(set)
    for step in STEPS:
        if step.affected_by is not None:
            read_back[step.affected_by].add(step.endpoint)
            assert STEPS[step.affected_by].writes
            assert STEPS[step.affected_by].block == step.block
            assert step.affected_by < step.step
    assert {w.endpoint for w in WRITES} == {e.name for e in SCENARIO.traffic.endpoints if e.writes}
    for write in WRITES:
        assert read_back[write.step] == set(SCENARIO.endpoint(write.endpoint).affects)


def test_reads_follow_the_write_at_once() -> None:
    for step in STEPS:
        if step.affected_by is not None:
            between = STEPS[step.affected_by + 1 : step.step]
            assert all(s.affected_by == step.affected_by for s in between)


def test_what_nothing_wrote_before_it_is_affected_by_nothing() -> None:
    ordinary = [s for s in STEPS if s.affected_by is None]
    assert len(ordinary) > len(STEPS) / 2
    assert all(s.affected_by is None for s in WRITES)


def test_both_parties_read_a_payment() -> None:
    (pay, reads) = next((w, _reads(w)) for w in WRITES if w.endpoint == "pay")
    body = json.loads(pay.body or "")
    assert {(r.user, r.path) for r in reads} == {
        (pay.user, f"/users/{pay.user}/payments?page=1"),
        (body["recipient_id"], f"/users/{body['recipient_id']}/payments?page=1"),
    }


def test_both_parties_read_an_application() -> None:
    (apply, reads) = next((w, _reads(w)) for w in WRITES if w.endpoint == "apply")
    job_id = int(apply.path.split("/")[2])
    client = CLIENTS[job_id % len(CLIENTS)]
    assert {(r.endpoint, r.user, r.path) for r in reads} == {
        ("job", client, f"/jobs/{job_id}"),
        ("job", apply.user, f"/jobs/{job_id}"),
        ("applications", apply.user, "/apply-jobs/?page=1"),
        ("client-job", client, f"/client/jobs/{job_id}"),
        ("best-applicants", client, f"/jobs/{job_id}/best-applicants/?page=1"),
    }


def test_both_parties_read_a_review_where_it_is_shown() -> None:
    (review, reads) = next((w, _reads(w)) for w in WRITES if w.endpoint == "review")
    reviewer, reviewed = review.user, json.loads(review.body or "")["reviewed_id"]
    assert {(r.path, r.user) for r in reads if r.endpoint in ("reviews", "ratings")} == {
        (f"/reviews/{reviewed}?page=1", reviewer),
        (f"/reviews/{reviewed}?page=1", reviewed),
        (f"/ratings/reviewer_{reviewer}/?page=1", reviewer),
        (f"/ratings/reviewer_{reviewer}/?page=1", reviewed),
    }
    assert {(r.path, r.user) for r in reads if r.endpoint == "profile"} == {
        (f"/get-profile/{reviewer}", reviewed),
        (f"/get-profile/{reviewed}", reviewer),
    }


def test_bulk_writes_are_read_back_too() -> None:
    settled = [w for w in WRITES if w.path == "/payments/settle/"]
    assert settled
    assert all({r.endpoint for r in _reads(w)} == {"payments"} and len(_reads(w)) == 2 for w in settled)


def test_one_path_is_read_by_different_users() -> None:
    readers = defaultdict(set)
    for step in STEPS:
        readers[step.path].add(step.user)
    assert max(len(users) for path, users in readers.items() if path.startswith("/jobs/")) > 3


def test_requests_are_repeated() -> None:
    times = Counter((s.path, s.user) for s in STEPS if s.method == "GET" and s.affected_by is None)
    assert sum(n > 1 for n in times.values()) > 50


def test_there_is_a_second_page() -> None:
    paged = [e.name for e in SCENARIO.traffic.endpoints if "page" in e.params]
    assert {s.endpoint for s in STEPS if s.path.endswith("page=2")} == set(paged)


def test_there_is_what_is_refused_and_what_there_is_not() -> None:
    foreign = [s for s in STEPS if s.endpoint == "foreign-payments"]
    missing = [s for s in STEPS if s.endpoint == "missing-job"]
    assert foreign
    assert missing
    assert all(s.path != f"/users/{s.user}/payments" for s in foreign)


def test_whom_a_request_is_about_is_not_who_makes_it_unless_that_is_meant() -> None:
    for step in STEPS:
        if step.endpoint == "profile" and step.affected_by is None:
            assert step.path != f"/get-profile/{step.user}"


def test_params_of_one_model_come_from_one_row() -> None:
    for write in WRITES:
        if write.endpoint == "change-payment":
            payment = int(write.path.split("/")[2])
            assert write.user == CLIENTS[payment % len(CLIENTS)]


def test_popular_users_ask_more() -> None:
    by_user = Counter(s.user for s in trace(1000) if s.endpoint == "account" and s.affected_by is None)
    assert by_user[1] > 2 * by_user[5] > 2 * by_user[40]


def test_once_is_once() -> None:
    gone = [s.path for s in STEPS if s.endpoint == "delete-review"]
    assert len(gone) == len(set(gone)) > 5
    applied = [(s.path, s.user) for s in STEPS if s.endpoint == "apply"]
    assert len(applied) == len(set(applied)) > 30


def test_when_every_row_has_had_its_turn_they_begin_again() -> None:
    tiny = build(SCENARIO, SMOKE, 1, 1, hamlet(SCENARIO, rows=3)).steps(200)
    gone = Counter(s.path for s in tiny if s.endpoint == "delete-review")
    assert len(gone) == 3
    assert sum(gone.values()) > 10


def test_a_row_of_the_table_has_its_columns() -> None:
    write = next(w for w in WRITES if w.body is not None)
    row = write.as_row()
    assert tuple(row) == TRACE.names
    assert row["user"] == str(write.user)
    assert json.loads(row["body"])
    assert trace(1)[0].as_row()["affected_by"] is None


SMALL = """\
title: Small
subject: {settings: a.b, seed: "a:b"}
data: {as_of: "2025-10-20", rows: {users: 2}}
traffic:
  rate_per_s: 1
  active_users: 2
  zipf: 0
  endpoints:
    - {name: never, method: GET, path: /never/, weight: 0}
    - {name: write, method: POST, path: /w/, weight: 1, params: {a: auth.User.pk, b: auth.User.pk}, as: a, read_back: everyone,
       body: {to: "{b}", kind: "{kind}", note: "user {b}"}, affects: [see]}
    - {name: see, method: GET, path: "/see/{who}/", weight: 0.1, params: {who: auth.User.pk}, headers: {X-Lab: "1"}}
factors: [{name: f, kind: cache, aliases: [default]}]
profiles: {smoke: {scale: 1, rounds: 1, block: 20, replay_s: 1, warmup_blocks: 0}}
""".replace("b: auth.User.pk}, as", "b: auth.User.pk, kind: [x]}, as")


def test_traffic_of_little_but_writes_goes_on_and_is_read_back() -> None:
    """Reads outnumber their weight here, and a write may be the last of its block."""
    scenario = parse(SMALL)
    rows = {"auth.User.pk": RowField("auth.User", "auth.User", "", "pk")}
    population = Population("auth.User", rows, {"auth.User||{}|1": ({"pk": 1}, {"pk": 2})})
    steps = build(scenario, scenario.profiles["smoke"], 1, 1, population).steps(20)
    assert len(steps) == 400
    writes = [s for s in steps if s.writes]
    assert all({r.path for r in steps if r.affected_by == w.step} == {"/see/1/", "/see/2/"} for w in writes[:-1])
    assert {s.endpoint for s in steps} == {"write", "see"}
    assert {json.loads(w.body or "")["to"] for w in writes} == {1, 2}
    assert all(json.loads(w.body or "")["to"] != w.user for w in writes)
    assert {s.user for s in steps if s.endpoint == "see"} == {None}
    assert {s.headers["X-Lab"] for s in steps if s.endpoint == "see"} == {"1"}
    assert {s.phase for s in steps} == {"measured"}


def _reads(write: Step) -> list[Step]:
    return [s for s in STEPS if s.affected_by == write.step]


def history(until_s: float = 30.0) -> tuple[Builder, list[Step]]:
    builder = Builder(SCENARIO, SMOKE, 1, 0, POPULATION)
    return builder, [step for block in builder.before(until_s) for step in block]


def test_the_traffic_before_the_rounds_ends_with_the_block_that_reaches_its_time() -> None:
    builder, steps = history()
    assert {step.phase for step in steps} == {"warmup"}
    assert [step.step for step in steps] == list(range(len(steps)))
    assert steps[-SMOKE.block].at_s < 30.0 <= builder.at_s == steps[-1].at_s
    assert list(builder.before(30.0)) == []


def test_rounds_continue_the_traffic_before_them_each_in_its_own_way() -> None:
    builder, before = history()
    futures = {n: [step for block in islice(builder.future(n).blocks(), 20) for step in block] for n in (1, 2)}
    assert futures[1] != futures[2]
    assert futures[1] == [step for block in islice(builder.future(1).blocks(), 20) for step in block]
    for steps in futures.values():
        assert steps[0].step == 0 and steps[0].at_s > builder.at_s
    once = {endpoint.name for endpoint in SCENARIO.traffic.endpoints if endpoint.once}
    used = {(step.endpoint, step.path, step.body, step.user) for step in before if step.endpoint == "delete-review"}
    assert "delete-review" in once
    later = [step for step in futures[1] if step.endpoint == "delete-review"]
    assert not used & {(step.endpoint, step.path, step.body, step.user) for step in later}


def test_a_warm_up_begins_with_a_request_of_each_endpoint_reads_first() -> None:
    (first, *_) = islice(build(SCENARIO, WARM, 1, 1, POPULATION), 1)
    own = first[: len(SCENARIO.traffic.endpoints)]
    assert {step.endpoint for step in own} == {endpoint.name for endpoint in SCENARIO.traffic.endpoints}
    assert [step.writes for step in own] == sorted(step.writes for step in own)
    assert {step.phase for step in first} == {"warmup"}


def test_endpoints_have_their_exact_share_of_every_hundred_draws() -> None:
    weights = {endpoint.name: endpoint.weight for endpoint in SCENARIO.traffic.endpoints}
    builder = Builder(SCENARIO, SMOKE, 1, 1, POPULATION)
    for _ in range(5):
        drawn = Counter(builder.drawn_endpoint().name for _ in range(100))
        for name, weight in weights.items():
            assert abs(drawn[name] - 100 * weight / sum(weights.values())) <= 1


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_of_the_writes_is_read_back_by_the_caller(share: float) -> None:
    scenario = read_back(marketplace(), share)
    builder = Builder(scenario, SMOKE, 7, 1, hamlet(scenario))
    writes = [builder.drawn() for _ in range(4000)]
    writes = [request for request in writes if request.endpoint.affects]
    for name in {request.endpoint.name for request in writes}:
        own = [len(request.reads) for request in writes if request.endpoint.name == name]
        assert set(own) <= {0, 1} and abs(sum(own) - share * len(own)) <= 1
