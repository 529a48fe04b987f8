"""Changes of a few rows, and runs whose factor is two revisions of the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from perflab.report.comment.changes import Change, Changes, TimeChange
from perflab.run.cells import cells_of
from perflab.run.store import Run
from tests.perflab import saved_run
from tests.perflab.synthetic import Kind, Truth, make_run, scenario

# What strangers may put into the name of a branch, an endpoint or a response.
HOSTILE = [
    "@everyone", "cc @octo/team", "#12 and GH-12 and org/repo#12", "`code` ``` `` ", "<script>alert(1)</script>",
    "<!-- perflab:shop -->", "--> </details></td>", "[x](javascript:alert(1))", "![x](https://x.example/p.png)",
    "https://x.example www.x.example", "a@x.example", "| a | b |\n|---|---|", "**bold** _em_ ~~gone~~ $x^2$", "\\` \\| \\<",
    "&lt;b&gt; &#64;somebody", "/close", "!12 ~label %milestone &7 $3", ":tada: ^alert#1", "deadbeef" * 5,
    "\u202egnp.exe\u2066", "a\r\n\r\n# heading\n- item\n> quote", "\x00\x1b[31mred", "${{ github.token }}", "$(id) `id` ; id",
]  # fmt: skip
# One factor, the code: all_off is the base, all_on the pull request.
KINDS = (Kind("list", 5, 3, 3), Kind("detail", 3, 2, 2), Kind("save", 1, 4, 4, method="POST", audited=False))
TRUTH = Truth(factors=("change",), kinds=KINDS, rounds=4, blocks=5, effects={}, cell_noise=0.001, request_noise=0.05)
FACTOR = {"name": "change", "kind": "code", "off": {"revision": "main"}, "on": {"revision": "feature/fast"}}


def changes(**parts: Any) -> Changes:
    """A pull request that changed nothing, but for the parts that are given."""
    values: dict[str, Any] = {
        "subject": "pull request", "scenario": "shop", "run_id": "20261123-101500", "before": "main", "after": "HEAD",
        "responses": 0, "query_counts": 0, "time": TimeChange("same", 0.02, 1.001, 0.985, 1.018),
    }  # fmt: skip
    return Changes(**{**values, **parts})


def rows(number: int, text: str = "3 → 4 queries in a request.") -> tuple[Change, ...]:
    return tuple(Change(f"endpoint {place}", "worse", text, "shop/views.py:12 index") for place in range(number))


def in_memory(samples: pd.DataFrame | None = None, truth: Truth = TRUTH, factors: Any = None) -> Run:
    """A run that compares two revisions; no file is written or read."""
    return make_run(truth, samples, scenario=scenario(truth, claims=[], factors=factors or [FACTOR]))


def of_code(reports: Path, samples: pd.DataFrame | None = None, **facts: Any) -> Run:
    """The same as a saved run."""
    data, names = scenario(TRUTH, claims=[], factors=[FACTOR]), list(TRUTH.factors)
    cells = [{"name": cell.name, "role": cell.role, "levels": cell.levels} for cell in cells_of(names)]
    return saved_run.save(reports, TRUTH, samples=samples, scenario=data, factors=names, cells=cells, **facts)
