"""Whole runs of a shop: what varies by itself is nobody's doing, what is stale is, and no body ends a run."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perflab.analysis.gate.gate import gate
from perflab.analysis.summary import summarise
from perflab.report.sections import responses as responses_section
from perflab.run.store import Run
from perflab.run.summary import Summary
from tests.cases.answering import CACHE, FRESH, JOIN, SAME, get, post, replayed, scenario

pytestmark = [
    pytest.mark.servers,
    pytest.mark.replays,
    pytest.mark.slow,
    # a replay takes turns with others on the machine
    pytest.mark.timeout(900),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a private Valkey and /proc"),
]

GZIP = {"headers": {"Accept-Encoding": "gzip"}}
STOCK = get("stock", "/stock/{item_id}/form/", 5, cached=True)
BARE = get("bare", "/stock/{item_id}/bare/", 5, cached=True)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix=f"perflab-test-{os.getpid()}-", dir="/var/tmp"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def run_of(
    home: Path, folder: Path, name: str, endpoints: Any, factors: Any, claims: Any, **profile: Any
) -> tuple[Run, Summary]:
    run = replayed(scenario(folder, name, endpoints, factors, claims, **profile), home)
    return run, summarise(run)


def verdicts(summary: Summary) -> dict[str, str]:
    return {claim.id: claim.verdict for claim in summary.claims}


def found(summary: Summary, *endpoints: str) -> list[tuple[str, str | None, list[str]]]:
    """Findings about responses and tables."""
    kinds = ("cross_user_leak", "stale", "status", "rows", "reordered", "content", "unstable")
    return [
        (finding.kind, finding.endpoint, list(finding.factors))
        for finding in summary.findings
        if finding.kind in kinds and (not endpoints or finding.endpoint in endpoints)
    ]


# -- what varies by itself ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def varying(home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Summary]:
    """One switch, which nothing reads."""
    endpoints = [
        get("page", "/page/{item_id}/", 4), get("zipped", "/zipped/{item_id}/", 3, **GZIP),
        get("tagged", "/tagged/{item_id}/", 3), get("chosen", "/chosen/{item_id}/", 3), get("notes", "/notes/{item_id}/", 2),
        post("note", "/note/", 2, body={"item": "{item_id}"}, affects=["notes"]), post("visit", "/visit/{item_id}/", 2),
    ]  # fmt: skip
    return run_of(home, tmp_path_factory.mktemp("varying"), "varying", endpoints, [JOIN], [SAME])


def test_no_response_of_a_switch_that_nobody_reads_changes(varying: tuple[Run, Summary]) -> None:
    run, summary = varying
    assert summary.equivalence["changed"] == 0 and summary.equivalence["compared"] > 40
    assert {row["endpoint"]: row["changed"] for row in summary.equivalence["by_endpoint"]} == dict.fromkeys(
        ("page", "zipped", "tagged", "chosen", "notes", "note", "visit"), 0
    )
    assert verdicts(summary) == {"same": "supported"}
    assert {check.verdict for check in gate(run) if check.name == "changed responses"} == {"fine"}


def test_nobody_is_blamed_for_it_and_an_order_from_a_set_is_said(varying: tuple[Run, Summary]) -> None:
    _, summary = varying
    assert {(kind, tuple(factors)) for kind, _, factors in found(summary)} <= {("unstable", ())}
    assert {endpoint for _, endpoint, _ in found(summary)} == {"tagged", "chosen"}


def test_places_are_masked_and_the_rest_of_each_response_is_compared(varying: tuple[Run, Summary]) -> None:
    run, summary = varying
    masks = {(mask["endpoint"], mask["pointer"]) for mask in run.meta["masks"]}
    assert {pointer for endpoint, pointer in masks if endpoint == "page"} >= {
        "/headers/set-cookie/csrftoken/value", "/body after ‘csrfmiddlewaretoken\" value=\"’",
    }  # fmt: skip
    assert not {pointer for _, pointer in masks} & {"/body", "/status", "/body/item", "/body/name"}
    assert not {pointer for endpoint, pointer in masks if endpoint == "zipped"}, "unpacked it is the same"
    assert {pointer for endpoint, pointer in masks if endpoint == "chosen"} >= {
        "/body/tags", "/body/luck", "/body/others", "/body/request", "/headers/x-request-id",
    }  # fmt: skip
    compared = {row["endpoint"]: row["compared"] for row in summary.equivalence["by_endpoint"]}
    assert min(compared.values()) > 0


def test_tables_with_random_keys_are_the_same(varying: tuple[Run, Summary]) -> None:
    run, _ = varying
    assert {"answers_note", "django_session"} <= set(run.tables["table"])
    assert (run.tables["differing"] == 0).all(), run.tables[run.tables["differing"] > 0].to_dict("records")


def test_each_end_has_an_aa_control(varying: tuple[Run, Summary]) -> None:
    run, summary = varying
    assert {"twin", "twin_off"} <= {row["cell"] for row in summary.equivalence["by_cell"]}
    counts = run.samples[run.samples["phase"] == "measured"].groupby("cell", observed=True).size()
    assert counts["twin_off"] == counts["all_off"]


# -- what is stale -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[[CACHE], [JOIN, CACHE]], ids=["one switch", "two switches"])
def stale(request: pytest.FixtureRequest, home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Summary]:
    """A page that shows an old item, with a form and without."""
    endpoints = [STOCK, BARE, post("see", "/see/{item_id}/", 3, affects=["stock", "bare"])]
    name = f"stale{len(request.param)}"
    return run_of(home, tmp_path_factory.mktemp(name), name, endpoints, request.param, [FRESH, SAME], replay_s=2)


def test_an_old_page_is_stale_by_caching_with_a_form_and_without(stale: tuple[Run, Summary]) -> None:
    _, summary = stale
    assert sorted(found(summary)) == [("stale", "bare", ["cache"]), ("stale", "stock", ["cache"])]
    assert verdicts(summary) == {"fresh": "refuted", "same": "refuted"}


def test_the_example_shows_the_place_and_the_write_before_it(stale: tuple[Run, Summary]) -> None:
    run, summary = stale
    for finding in summary.findings:
        if finding.kind == "stale":
            assert "<p>seen " in finding.example["expected"] and "<p>seen " in finding.example["got"]
            assert len(finding.example["got"]) < 300
            assert finding.example["right_for"] is not None
    page = str(responses_section.build(summary, run).markup)
    assert "seen" in page and "<html>" not in page


# -- what supports nothing, and what nobody expects --------------------------------------------------------------------


@pytest.fixture(scope="module")
def odd(home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Summary]:
    """Bodies that no tool expects, checks that cannot fail, and a cookie that is kept with the response."""
    viewer = {"params": {"user_id": "auth.User.pk"}, "as": "user_id"}
    endpoints = [
        get("named", "/named/{item_id}/", 4, cached=True), post("touch", "/touch/{item_id}/", 2, affects=["named"]),
        get("paged", "/paged/?page={page}", 2, params={"page": [1, 2]}), get("welcome", "/welcome/", 4, **viewer),
        get("counted", "/counted/{item_id}/", 4), get("half", "/half/", 2), get("large", "/large/", 0.2),
        get("endless", "/endless/", 0.2), get("waiting", "/waiting/", 0.2),
    ]  # fmt: skip
    claims = [FRESH, SAME]
    return run_of(home, tmp_path_factory.mktemp("odd"), "odd", endpoints, [CACHE], claims, rounds=1, replay_s=2)


def test_no_body_ends_a_run(odd: tuple[Run, Summary]) -> None:
    run, summary = odd
    assert run.complete
    assert run.samples["error"].isna().all()
    compared = {row["endpoint"]: row["compared"] for row in summary.equivalence["by_endpoint"]}
    assert compared["half"] > 0 and found(summary, "half", "large", "endless", "waiting") == []


def test_a_stream_that_never_ends_is_cut_and_said(odd: tuple[Run, Summary]) -> None:
    _, summary = odd
    reasons = {
        row["endpoint"]: row["reason"] for row in summary.equivalence["not_checked"] if row["check"] == "comparison"
    }
    assert "had not ended after" in reasons["waiting"] and "longer than 64 MB" in reasons["endless"]
    compared = {row["endpoint"]: row["compared"] for row in summary.equivalence["by_endpoint"]}
    assert compared.get("waiting", 0) == 0
    assert summary.equivalence["unknown"] == 0, "nothing failed"


def test_the_cookie_of_somebody_else_is_leaked(odd: tuple[Run, Summary]) -> None:
    _, summary = odd
    assert found(summary, "welcome") == [("cross_user_leak", "welcome", ["cache"])]
    (leak,) = [
        finding for finding in summary.findings if finding.endpoint == "welcome" and finding.kind == "cross_user_leak"
    ]
    assert leak.example["pointer"] == "/headers/set-cookie/visitor/value"


def test_a_read_that_writes_is_replayed_by_all_cells_in_the_warm_up_too(odd: tuple[Run, Summary]) -> None:
    """Otherwise the cells with a cache would have counted more views than the others, and the cache would be blamed for it."""
    run, summary = odd
    assert found(summary, "counted") == [] and (run.tables["differing"].fillna(0) == 0).all()
    warm = run.samples[(run.samples["phase"] == "warmup") & (run.samples["endpoint"] == "counted")]
    assert len(set(warm.groupby("cell", observed=True).size())) == 1


def test_a_check_that_could_not_have_failed_supports_nothing(odd: tuple[Run, Summary]) -> None:
    run, summary = odd
    reasons = {(row["endpoint"], row["check"]): row["reason"] for row in summary.equivalence["not_checked"]}
    assert "same with everything off" in reasons["named", "stale"]
    assert "empty" in reasons["paged", "pages"]
    (fresh,) = [claim for claim in summary.claims if claim.id == "fresh"]
    assert fresh.verdict == "not measured" and "named was not checked" in str(fresh.reason)
    page = str(responses_section.build(summary, run).markup)
    assert "Not checked" in page and "named, whether it is out of date after a write" in page
