"""`perflab bisect` on a repository whose commits are measured by a table."""

from __future__ import annotations

from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest

from perflab.analysis.searching import Look
from perflab.cli.revisions.bisect import bisect, look_at, look_at_responses, sharper
from perflab.errors import InputError, SubjectError
from perflab.run.cells import CANARY, OPTIMISED, TWIN
from perflab.run.store import load
from tests.perflab.report.comment.made_up import TRUTH, in_memory
from tests.perflab.repository import commit, git
from tests.perflab.saved_run import SMALL, save
from tests.perflab.synthetic import Kind, make_run, make_samples


@pytest.fixture
def commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ten commits after the first one."""
    monkeypatch.chdir(tmp_path)
    return [commit(tmp_path, {"a.py": str(number)}) for number in range(11)]


def run(commits: list[str], culprit: int, broken: int | None = None) -> tuple[str, list[str]]:
    lines: list[str] = []

    def measure(before: str, after: str) -> Look | None:
        assert before == commits[0]
        if broken is not None and commits.index(after) == broken:
            raise SubjectError("it does not start")
        return Look(log(1.5) if commits.index(after) >= culprit else 0.0, 0.0, 3)

    text = bisect(commits[0], "HEAD", "query_count", None, None, "smoke", 1, 0.95, say=lines.append, measure=measure)
    return text, lines


def test_it_names_the_commit_with_its_subject(commits: list[str]) -> None:
    text, lines = run(commits, 7)
    assert text.splitlines() == ["queries changed here:", f"{commits[7][:12]}  100.0%  more"]
    assert lines[0] == "10 commits, queries: +50.0% (exact)"
    assert len(lines) <= 5


def test_a_commit_that_does_not_run_is_skipped_and_told(commits: list[str]) -> None:
    text, lines = run(commits, 7, broken=5)
    assert text.splitlines()[1].startswith(commits[7][:12])
    assert f"{commits[5][:12]}  cannot be measured: it does not start" in lines


def test_the_commit_that_changed_a_response_is_found(commits: list[str]) -> None:
    lines: list[str] = []

    def measure(before: str, after: str) -> Look | None:
        return Look(float(commits.index(after) >= 4), 0.0, 3)

    text = bisect(
        commits[0], "HEAD", "changed_responses", "list", None, "smoke", 1, 0.95, say=lines.append, measure=measure
    )
    assert text.splitlines() == ["responses of list changed here:", f"{commits[4][:12]}  100.0%  more"]
    assert lines[0] == "10 commits, responses of list: some differ"
    assert any("all are the same; most probably" in line for line in lines)


def test_responses_differ_or_do_not() -> None:
    samples = make_samples(TRUTH)
    assert look_at_responses(in_memory(samples), None) == Look(0.0, 0.0, TRUTH.rounds)
    new = samples["cell"].isin([OPTIMISED, TWIN, CANARY]) & (samples["endpoint"] == "list")
    samples.loc[new, "response_digest"] = "another"
    other = in_memory(samples)
    assert look_at_responses(other, None) == look_at_responses(other, "list") == Look(1.0, 0.0, TRUTH.rounds)
    assert look_at_responses(other, "detail") == Look(0.0, 0.0, TRUTH.rounds)
    assert look_at_responses(other, "nowhere") is None, "nothing was compared there"


def test_a_look_is_the_ratio_that_the_run_measured(tmp_path: Path) -> None:
    saved = load(save(tmp_path).directory)
    look = look_at(saved, "latency_s", None)
    assert look is not None and look.rounds == 3 and look.standard_error > 0
    assert look.log_ratio < 0, "everything on is faster"
    assert look_at(saved, "latency_s", "nowhere") is None


def test_a_count_that_repeats_in_identical_cells_has_no_error() -> None:
    samples = make_samples(TRUTH)
    more = (
        samples["cell"].isin([OPTIMISED, TWIN, CANARY]) & (samples["endpoint"] == "detail") & (samples["step"] % 3 == 0)
    )
    samples.loc[more, "query_count"] += 1
    look = look_at(in_memory(samples), "query_count", None)
    assert look is not None and look.standard_error == 0 and look.log_ratio > 0
    samples.loc[more & (samples["cell"] == TWIN), "query_count"] += 1
    noisy = look_at(in_memory(samples), "query_count", None)
    assert noisy is not None and noisy.standard_error > 0 and noisy.log_ratio == look.log_ratio


def test_the_sharper_statistic_of_service_times_is_taken(tmp_path: Path) -> None:
    truth = replace(SMALL, factors=("change",), effects={"change": 1.2}, kinds=(Kind("list", 1, 3, 3),), rounds=4)
    samples = make_samples(truth)
    assert sharper(make_run(truth, samples), "query_count", None) == "mean"
    interrupted = samples["step"] % 10 == 0
    samples.loc[interrupted.to_numpy(bool), "latency_s"] *= np.random.default_rng(2).lognormal(
        1, 2, int(interrupted.sum())
    )
    run = make_run(truth, samples)
    assert sharper(run, "latency_s", None) == sharper(run, "latency_s", "list") == "paired_median"
    look = look_at(run, "latency_s", "list", "paired_median")
    assert look is not None and abs(look.log_ratio - log(1.2)) < 3 * look.standard_error < 0.2


def test_too_few_rounds_measure_nothing(tmp_path: Path) -> None:
    saved = load(save(tmp_path, replace(SMALL, rounds=2)).directory)
    assert look_at(saved, "latency_s", None) is None, "an unknown error is not 0, which would be certainty"


def test_without_a_change_there_is_nothing_to_look_for(commits: list[str]) -> None:
    with pytest.raises(InputError, match=r"queries: no sure change between .* and HEAD"):
        run(commits, 99)


def test_what_cannot_be_asked_is_one_line(commits: list[str]) -> None:
    with pytest.raises(InputError, match="there is no metric 'latency'; did you mean 'latency_s'"):
        bisect("HEAD~1", "HEAD", "latency", None, None, "smoke", 1, 0.95, say=print)
    with pytest.raises(InputError, match="there is no commit after HEAD up to HEAD~1; the older revision comes first"):
        bisect("HEAD", "HEAD~1", "latency_s", None, None, "smoke", 1, 0.95, say=print)
    assert git(Path.cwd(), "status", "--porcelain") == ""
