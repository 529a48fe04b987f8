"""What changed between two runs: the gate's checks, the responses themselves, and mistakes that the earlier run did not have.

The gate counts responses that differ within a run. A change that all cells of a run share does not show there, so the responses
of both runs are compared here as well, request by request; those that differ between identical cells of a run are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.gate import gate as gating
from perflab.analysis.gate.check import GateCheck, is_open
from perflab.analysis.gate.comparability import data_difference
from perflab.analysis.gate.matched import PLACE, REQUEST
from perflab.analysis.gate.timed import WAYS
from perflab.report.comment.changes import Change, Changes, TimeChange, worst_first
from perflab.report.comment.times import MARGIN
from perflab.report.comment.within_run import rows_of_findings
from perflab.report.sentences import all_or
from perflab.run.cells import ALL, BASELINE, OPTIMISED, TWIN, TWIN_OFF
from perflab.run.metrics import title_of
from perflab.run.records import Finding
from perflab.run.store import Run
from perflab.run.summary import Summary
from perflab.units import counted, listed

QUERIES, OF_CACHE = "queries, ", "queries after other cache hits"
OF_ALL = f"{title_of('latency_s')} {WAYS['reference'][0]}"
TWINS = {BASELINE: TWIN_OFF, OPTIMISED: TWIN}


def changes_between(
    run: Run, baseline: Run, summary: Summary, before: Summary, *, allow_loosened: bool = False
) -> Changes:
    """Return what changed from one run to another, by the checks of the gate and by what they do not count.

    Costs a part of the analysis of both runs: seconds.

    Args:
        run: The later run.
        baseline: The run that it is compared with.
        summary: The summary of the later run.
        before: The summary of the baseline.
        allow_loosened: Whether the scenario may ask less than the baseline's.

    Raises:
        InputError: The runs cannot be compared.
        StoreError: One of them measured nothing.
    """
    checks = gating.gate(run, baseline, allow_loosened=allow_loosened)
    compared, of_responses, left_out = _responses(run, baseline)
    times = next((check for check in checks if check.name == OF_ALL), None)
    margin = min(float(side.scenario.get("margin", MARGIN)) for side in (run, baseline))
    notes = [*gating.notes(run, baseline), f"{counted(compared, 'response')} of both runs were compared."]
    if left_out:
        notes.append(
            f"Responses of {listed(left_out)} are not compared: other parts of them than before change by themselves."
        )
    return Changes(
        subject="pull request",
        scenario=run.scenario_name,
        run_id=run.run_id,
        before=_called(baseline),
        after=_called(run),
        responses=sum(of_responses.values()) if compared else None,
        query_counts=_query_counts(checks),
        time=_time(times, margin),
        rows=worst_first(
            [*_response_rows(of_responses), *_rows(checks, margin), *rows_of_findings(_new(summary, before))]
        ),
        notes=tuple(notes),
    )


def _called(run: Run) -> str:
    revision = run.environment.get("git_revision")
    return f"{run.run_id} at {revision}" if revision else run.run_id


def _rows(checks: Sequence[GateCheck], margin: float) -> Iterator[Change]:
    """Yield the checks that are worse, count something else than before, or are undecided; those of times are one row.

    The gate passes where no slow-down is seen; where a change as large as the margin could hide, this is undecided here.
    """
    undecided = [check for check in checks if check.kind == "timed" and is_open(check)]
    for check in checks:
        is_fewer = check.kind == "exact" and (check.estimate or 0) < (check.before or 0) and check.name != OF_CACHE
        pace = _time(check, margin).pace if check.name == OF_ALL else None
        if check.verdict == "worse":
            yield Change(_name(check), "worse", check.sentence)
        elif is_fewer or pace == "faster":
            yield Change(_name(check), "better", check.sentence)
        elif is_open(check) and check not in undecided[1:]:
            more = f" So are {len(undecided) - 1} more checks of times." if check in undecided and undecided[1:] else ""
            yield Change(_name(check), "undecided", check.sentence + more)
        elif pace == "undecided":
            yield Change(_name(check), "undecided", check.sentence)


def _name(check: GateCheck) -> str:
    return all_or(ALL) if check.name == OF_ALL else check.name.removeprefix(QUERIES)


def _query_counts(checks: Sequence[GateCheck]) -> int | None:
    """Return how many endpoints make another number of queries; None where none could be compared."""
    counted_checks = [check for check in checks if check.name.startswith(QUERIES) and check.estimate is not None]
    changed = [check for check in counted_checks if check.estimate != check.before or check.verdict == "worse"]
    return len(changed) if counted_checks else None


def _time(check: GateCheck | None, margin: float) -> TimeChange:
    if check is None or check.estimate is None or check.low is None or check.high is None:
        return TimeChange("not measured" if check is None or check.estimate is None else "undecided", margin)
    ends = check.estimate, check.low, check.high
    if check.verdict == "worse" or check.low > 1 + margin:
        return TimeChange("slower", margin, *ends)
    if check.high < 1:
        return TimeChange("faster", margin, *ends)
    return TimeChange("same" if check.verdict == "fine" and check.high <= 1 + margin else "undecided", margin, *ends)


def _responses(run: Run, baseline: Run) -> tuple[int, Counter[str], list[str]]:
    """Return how many responses were compared, how many differ by endpoint, and the endpoints that cannot be compared.

    Digests are of what the run's masks leave, so those of an endpoint can be compared where both runs have the same masks. A
    request counts once, whether it was answered differently with everything on, with everything off, or both.
    """
    masks = [_masks(side) for side in (run, baseline)]
    unlike = sorted(name for name in {*masks[0], *masks[1]} if masks[0].get(name) != masks[1].get(name))
    same = _same_requests(run, baseline)
    parts = []
    for cell, twin in TWINS.items():
        new, old = (_digests(side, cell, twin) for side in (run, baseline))
        both = new.merge(old, on=[*PLACE, "endpoint"], suffixes=("", "_before")).merge(same, on=PLACE)
        both = both[~both["endpoint"].isin(unlike).to_numpy(bool)]
        parts.append(both.assign(differs=both["response_digest"] != both["response_digest_before"]))
    requests = pd.concat(parts).groupby([*PLACE, "endpoint"])["differs"].any()
    differing = requests.index[requests.to_numpy(bool)].get_level_values("endpoint")
    return len(requests), Counter(map(str, differing)), unlike


def _masks(run: Run) -> dict[str, set[str]]:
    """Return the masked places of each endpoint that has some."""
    masks: dict[str, set[str]] = {}
    for mask in run.meta.get("masks") or ():
        masks.setdefault(str(mask["endpoint"]), set()).add(str(mask["pointer"]))
    return masks


def _same_requests(run: Run, baseline: Run) -> pd.DataFrame:
    """Return round and step of each request that both runs have, warm-up included; none where their data differ."""
    new, old = (side.trace[[*PLACE, *REQUEST]].astype(dict.fromkeys(PLACE, "int64")) for side in (run, baseline))
    rows = new.merge(old, on=[*PLACE, *REQUEST])[PLACE]
    return rows if data_difference(run, baseline) is None else rows.iloc[:0]


def _digests(run: Run, cell: str, twin: str) -> pd.DataFrame:
    """Return the digests of a cell's responses, one for each Step, where the identical cell has the same one."""
    samples = run.samples
    own, control = (_of_cell(samples, name) for name in (cell, twin))
    if not len(control):  # a run from before this control
        return own
    pairs = own.merge(control[[*PLACE, "response_digest"]], on=PLACE, how="left", suffixes=("", "_twin"))
    same = pairs["response_digest_twin"].isna() | (pairs["response_digest"] == pairs["response_digest_twin"])
    return pairs.loc[same.to_numpy(bool), list(own.columns)]


def _of_cell(samples: pd.DataFrame, cell: str) -> pd.DataFrame:
    rows = samples.loc[(samples["cell"] == cell).to_numpy(bool), [*PLACE, "endpoint", "response_digest"]]
    rows = rows[rows["response_digest"].notna().to_numpy(bool)]
    return rows.astype({"round": "int64", "step": "int64", "endpoint": str, "response_digest": str})


def _response_rows(differing: Counter[str]) -> Iterator[Change]:
    for endpoint, number in differing.most_common():
        sentence = f"{counted(number, 'response')} {'differs' if number == 1 else 'differ'} from the earlier run's."
        yield Change(endpoint, "changed", sentence)


def _new(summary: Summary, before: Summary) -> list[Finding]:
    """Return the findings that the baseline does not have; of the same kind and place, as many as there are more."""
    remaining = Counter(map(_key, before.findings))
    new = []
    for finding in summary.findings:
        key = _key(finding)
        if remaining[key]:
            remaining[key] -= 1
        else:
            new.append(finding)
    return new


def _key(finding: Finding) -> tuple[Any, ...]:
    """What stays the same of a finding while lines move."""
    example = finding.example
    return (finding.kind, finding.endpoint, finding.table, finding.index, *map(str, finding.factors),
            str(example.get("relation")), str(example.get("sql")))  # fmt: skip
