"""Claims, effects and findings display themselves."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.explore import Run
from perflab.explore.rows import Ledger, Listing, ShownClaim, ShownEffect, ShownFinding
from perflab.report.html import Markup, Section
from perflab.run.records import ClaimResult, Effect, Finding

EFFECT: dict[str, Any] = {
    "endpoint": "payments", "metric": "latency_s", "statistic": "mean", "contrast": "all_on / all_off", "before": 0.02,
    "after": 0.01, "ratio": 0.5, "low": 0.45, "high": 0.55, "difference": -0.01, "n": 1150, "rounds": 3, "verdict": "better",
    "note": None,
}  # fmt: skip
CLAIM: dict[str, Any] = {
    "id": "faster", "statement": "Half the <time>", "metric": "latency_s", "direction": "at_least", "bound": 0.4, "unit": "s",
    "scope": "audited", "before": 0.02, "after": 0.01, "estimate": 0.5, "low": 0.45, "high": 0.55, "n": 1150, "rounds": 3,
    "verdict": "supported", "claimed": {"before": "20 ms", "after": "10 ms"},
}  # fmt: skip
FINDING: dict[str, Any] = {
    "class": "stale", "severity": "error", "sentence": "payments gave old answers, 3 times, with caching on.",
    "endpoint": "payments", "factors": ["caching"], "count": 3, "steps": [{"round": 1, "step": 7}],
    "example": {"round": 1, "step": 7, "cell": "caching", "pointer": "/0", "expected": "<new>", "got": None},
}  # fmt: skip


def test_an_effect_is_a_sentence() -> None:
    assert repr(ShownEffect(Effect.of(EFFECT))) == (
        "payments, mean service time, everything off → everything on: 20.0 ms → 10.0 ms, 50% less (45 to 55%): better; "
        "1,150 in 3 rounds."
    )
    typical = Effect.of({**EFFECT, "statistic": "paired_median", "before": None, "after": None})
    assert repr(ShownEffect(typical)).startswith(
        "payments, paired median of service time, everything off → everything on: 50% less (45 to 55%): better"
    )
    whole = ShownEffect(
        Effect.of({**EFFECT, "endpoint": "ALL", "contrast": "caching leave-one-out", "note": "It is <so>."})
    )
    assert repr(whole).startswith("All requests, mean service time, caching leave-one-out:") and repr(whole).endswith(
        "It is <so>."
    )
    assert "It is &lt;so&gt;." in whole._repr_html_()


def test_an_effect_that_is_unknown_has_dashes() -> None:
    unknown = dict.fromkeys(("before", "after", "ratio", "low", "high", "difference"))
    nothing = ShownEffect(Effect.of({**EFFECT, **unknown, "n": 0, "rounds": 0, "verdict": "inconclusive"}))
    assert "– → –, –: inconclusive; –." in repr(nothing)
    assert "inconclusive" in nothing._repr_html_()


def test_a_claim_is_a_sentence_and_a_table() -> None:
    claim = ShownClaim(ClaimResult.of(CLAIM))
    assert repr(claim) == (
        "Half the <time>: supported, measured 50% less (45 to 55%); criterion: service time, at least 40% less (audited "
        "endpoints)."
    )
    html = claim._repr_html_()
    assert "Half the &lt;time&gt;" in html and "20 ms → 10 ms" in html and "1,150 in 3 rounds" in html
    assert "why" not in html


def test_a_claim_that_was_not_measured_says_why() -> None:
    claim = ShownClaim(ClaimResult.of({**CLAIM, "estimate": None, "verdict": "not measured", "reason": "No <clock>."}))
    assert "not measured, no measurement" in repr(claim) and repr(claim).endswith("No <clock>.")
    assert "No &lt;clock&gt;." in claim._repr_html_()


def test_a_finding_shows_its_evidence() -> None:
    html = ShownFinding(Finding.of(FINDING))._repr_html_()
    assert "payments gave old answers" in html and "&lt;new&gt;" in html and "caching" in html
    assert "got" not in html, "what is unknown is left out"
    assert repr(ShownFinding(Finding.of(FINDING))) == FINDING["sentence"]
    assert "–" in ShownFinding(Finding.of({"class": "x", "severity": "info", "sentence": "So."}))._repr_html_()


def test_rows_are_mappings_and_make_a_table() -> None:
    claim = ShownClaim(ClaimResult.of(CLAIM))
    assert claim["verdict"] == claim.record.verdict == "supported" and dict(claim) == claim.record.as_dict()
    assert set(CLAIM) <= set(claim) and len(claim) == len(dict(claim))
    assert pd.DataFrame([claim, claim])["id"].tolist() == ["faster", "faster"]


def test_a_listing_is_a_sequence_that_displays_itself() -> None:
    listing = Listing(
        (ShownClaim(ClaimResult.of(CLAIM)), ShownEffect(Effect.of(EFFECT))), Section(Markup("<p>both</p>"))
    )
    assert len(listing) == 2 and listing[0]["id"] == "faster" and len(listing[:1]) == 1
    assert repr(listing).splitlines()[1].startswith("1  payments")
    assert listing._repr_html_().endswith("</style><p>both</p>")
    assert repr(Listing((), Section(Markup("<p>none</p>")))) == "none"


@pytest.mark.parametrize("name", ["cache", "queries", "indexes"])
def test_a_ledger_is_a_section_with_its_rows(run: Run, name: str) -> None:
    ledger: Ledger = {"cache": run.cache_ledger, "queries": run.query_ledger, "indexes": run.index_ledger}[name]
    assert len(ledger.rows) == len(getattr(run.summary, name))
    assert "<section" in ledger._repr_html_() and "<section" not in repr(ledger)
