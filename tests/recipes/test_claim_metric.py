"""The recipe for a claim metric: `error_share`, in a file and a line."""

from __future__ import annotations

import json

import pytest

from tests.recipes.tree import Line, Recipe, Tree, check_size, performed

ERROR_SHARE = '''"""The share of requests that failed."""

from __future__ import annotations

from collections.abc import Sequence

from perflab.analysis.meters.base import Evidence, Measurement
from perflab.analysis.stats.intervals import ShareInterval, share_interval
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.tables import rows_where


def measure(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Return the failed requests per request in the optimised cell, with an interval over rounds."""
    before, after = (_share(evidence, cell, endpoints) for cell in (BASELINE, OPTIMISED))
    if after is None:
        return Measurement.missing("there are no samples with everything on.")
    return Measurement(
        before.estimate if before else None, after.estimate, after.estimate, after.low, after.high, after.n, after.rounds
    )  # fmt: skip


def _share(evidence: Evidence, cell: str, endpoints: Sequence[str] | None) -> ShareInterval | None:
    samples = evidence.pairs.samples[["round", "cell", "phase", "endpoint", "error"]]
    requests = rows_where(samples, cell=cell, phase="measured")
    if endpoints is not None:
        requests = requests[requests["endpoint"].isin(endpoints)]
    rounds = requests.groupby("round")["error"].agg(["count", "size"])
    return share_interval(rounds["count"].to_numpy(float), rounds["size"].to_numpy(float), evidence.confidence)
'''
RECIPE = Recipe(
    "Add a claim metric",
    "app/perflab/analysis/meters/error_share.py",
    ERROR_SHARE,
    {
        "app/perflab/run/metrics.py": Line(
            '    Metric("error_share", "share", "share", "share of failed requests"),\n',
            above='    Metric("changed_responses", "count", "responses", "changed responses", exact=True),\n',
        )
    },
)
CLAIM = {
    "id": "reliable", "statement": "No more than one request in fifty fails", "metric": "error_share",
    "direction": "at_most", "bound": 0.02,
}  # fmt: skip

# Runs in the copy: a tenth of the requests of one cell fails; the claim is judged with the run, and stands on its page.
JUDGED = """
import json, sys
from pathlib import Path
from perflab import report
from perflab.run.store import load
from tests.perflab import saved_run
from tests.perflab.synthetic import Truth, make_samples, scenario

truth = saved_run.SMALL
stated = json.loads(sys.argv[1])
def run_of(name, every):
    samples = make_samples(truth)
    failed = (samples["cell"] == "all_on") & (samples["step"] % every == 0)
    samples["error"] = samples["error"].astype(object).where(~failed, "500 broken")
    return saved_run.save(Path(name), truth, samples=samples, scenario=scenario(truth, claims=[stated]))
def judged(run):
    page = report.page(run)
    (claim,) = page.summary.claims
    return {"claim": claim.as_dict(), "html": page["claims"]._repr_html_()}
print(json.dumps([judged(run_of("bad", 10)), judged(run_of("good", 10**6))]))
"""


@pytest.fixture(scope="module")
def with_errors(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return performed(RECIPE, tmp_path_factory.mktemp("metric"))


def test_a_claim_metric_takes_one_file_and_one_line(with_errors: Tree) -> None:
    check_size(RECIPE, with_errors)


def test_a_claim_about_it_is_checked(with_errors: Tree) -> None:
    text = with_errors.python("-m", "perflab", "check", with_errors.scenario(claims=[CLAIM]))
    assert "No more than one request in fifty fails" in text
    percent = with_errors.scenario(claims=[{**CLAIM, "bound": 1.5}])
    message = with_errors.python("-m", "perflab", "check", percent, code=2)
    assert "the bound of error_share is a share, at most 1" in message


def test_a_claim_about_it_is_judged_and_stands_on_the_page(with_errors: Tree) -> None:
    bad, good = with_errors.printed(JUDGED, json.dumps({**CLAIM, "scope": "audited"}))
    assert bad["claim"]["estimate"] == pytest.approx(0.1, abs=0.03)
    assert bad["claim"]["low"] is not None and bad["claim"]["before"] == 0
    assert bad["claim"]["verdict"] == "refuted"
    assert (good["claim"]["verdict"], good["claim"]["n"]) == ("supported", bad["claim"]["n"])
    assert CLAIM["statement"] in bad["html"] and "10" in bad["html"]


def test_the_registry_finds_the_meter(with_errors: Tree) -> None:
    with_errors.tests("tests/perflab/analysis/meters/test_init.py")
    (with_errors.folder / RECIPE.file).rename(with_errors.folder / "elsewhere.py")
    try:
        missing = with_errors.python("-c", "import perflab.analysis.meters", code=1)
        assert "No module named 'perflab.analysis.meters.error_share'" in missing
    finally:
        (with_errors.folder / "elsewhere.py").rename(with_errors.folder / RECIPE.file)
