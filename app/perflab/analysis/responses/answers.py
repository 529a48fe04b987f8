"""How responses differ from the baseline's: a cross-user leak, stale, reordered, other rows, another status, other content, aged.

A response that was right before a write, earlier without a write, or for another user is recognised by its digest, see
history.py. All others are classified by the places in which they differ. What no switch explains is unstable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.responses import blame
from perflab.analysis.responses.before import classes_before, own_before
from perflab.analysis.responses.history import REQUEST, History
from perflab.analysis.responses.nondeterminism import nondeterministic
from perflab.analysis.stats.pairs import Bools, Ints, Pairs
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, TWIN, TWIN_OFF
from perflab.run.scenario import READING_METHODS, scenario_endpoints

# From the most harmful to the least: a response with several kinds of differences is of the first class that fits.
CLASSES = ("cross_user_leak", "stale", "status", "rows", "reordered", "content", "aged", "unstable")
OF_KIND = {"leak": "cross_user_leak", "status": "status", "rows": "rows", "order": "reordered", "value": "content"}
COLUMNS = ("round", "step", "cell", "endpoint", "method", "class", "like_step", "place")

ANSWER = ["round", "step", "cell"]
# A value, as JSON text, that belongs to no user: no row, or a number, which stands beside rows and counts them.
NOTHING = r"\[\]|-?\d+"


def changed(
    pairs: Pairs,
    trace: pd.DataFrame,
    differences: pd.DataFrame,
    scenario: Mapping[str, Any] | None = None,
    masks: Sequence[Mapping[str, Any]] = (),
    before: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return a row for each response that differs from the baseline's to the same Step, the positive control's left out.

    Responses that no switch explains are `unstable`. Of a run without an A/A control of the baseline, these are all responses of
    a nondeterministic endpoint, and of the others those in which identical cells differ.

    Args:
        pairs: The samples with the warm-up, in which reads fill the caches.
        trace: The run's Steps.
        differences: The differences that the run kept.
        scenario: The scenario as run.json keeps it.
        masks: The places that vary by themselves, as run.json keeps them.
        before: The table `before`; None where no traffic went before the rounds.

    Returns:
        A table of COLUMNS. `like_step` is the Step of the same round to which this response was the right one, -1 where there is
        none; `place` is the row of the Step in `pairs`.
    """
    base = pairs.column(BASELINE)
    nothing = pd.DataFrame(columns=list(COLUMNS))
    if base is None or not pairs.steps or "response_digest" not in pairs.samples.columns:
        return nothing
    digests = pairs.codes("response_digest")
    differ = (digests >= 0) & (digests[:, [base]] >= 0) & (digests != digests[:, [base]])
    has_control = TWIN_OFF in pairs.cells
    if (canary := pairs.column(CANARY)) is not None and not has_control:
        differ[:, canary] = False
    place, cell = np.nonzero(differ)
    if not len(place):
        return nothing
    steps = steps_of(pairs, trace, digests[:, base], scenario)
    rows = steps.loc[place, ["round", "step", "endpoint", "method"]].reset_index(drop=True)
    rows = rows.assign(cell=np.array(pairs.cells, dtype=object)[cell], place=place)
    if has_control:
        kept = blame.unmasked(rows, differences, masks)
        different = ~blame.same_by_masks(rows, kept)
        rows, place, cell = rows[different].reset_index(drop=True), place[different], cell[different]
        differences = kept[~kept["masked"].to_numpy(bool)]
        if not len(rows):
            return nothing
    rows["class"] = _by_places(rows, differences)
    like = np.full(len(rows), -1, dtype=np.int64)
    history = History(digests, steps, base, has_control)
    # What its caller got as well, for another page, is not somebody else's: two callers may have the same rows, or none.
    nobodys = _only_lacks(rows, differences) | history.own(place, cell)
    if before is not None and len(before):
        nobodys |= own_before(rows, cell, pairs, steps, before)
    leaks = np.where(nobodys, -1, history.cross_user_leak(place, cell))
    stale = history.stale(place, cell)
    stale = np.where(stale >= 0, stale, history.stale_alike(place, cell, rows, stale))
    for name, looked_up in (("stale", stale), ("cross_user_leak", leaks)):
        rows.loc[looked_up >= 0, "class"] = name
        like = np.where(looked_up >= 0, looked_up, like)
    earlier = np.full(len(rows), None, dtype=object)
    if before is not None and len(before):
        declared, undeclared = _affecting(scenario or {})
        affecting = {str(name): declared.get(name, frozenset()) | undeclared for name in rows["endpoint"].unique()}
        earlier = classes_before(rows, cell, pairs, steps, before, affecting, scenario or {}, nobodys)
        earlier[like >= 0] = None
        rows["class"] = rows["class"].where(~np.isin(earlier, blame.RECOGNISED), earlier)
    if has_control:
        is_blamed, explained = blame.blamed(rows, differences, pairs, digests)
        recognised = rows["class"].isin(blame.RECOGNISED).to_numpy(bool)
        rows["class"] = rows["class"].where(recognised, _by_places(rows, explained))
        unstable = ~is_blamed
        aged = np.where(recognised, -1, history.aged(place, cell))
        rows.loc[(aged >= 0) | ((earlier == "aged") & ~recognised), "class"] = "aged"
        like = np.where(aged >= 0, aged, like)
    else:
        twins = rows["cell"].isin([OPTIMISED, TWIN]).to_numpy()
        by_themselves = rows["endpoint"].isin(nondeterministic(pairs, digests)).to_numpy()
        unstable = (_unstable(pairs, digests)[place] & twins) | by_themselves
    rows.loc[unstable, "class"] = "unstable"
    rows["like_step"] = np.where((like >= 0) & ~unstable, steps["step"].to_numpy()[np.maximum(like, 0)], -1)
    return rows.loc[(rows["cell"] != CANARY).to_numpy(bool), list(COLUMNS)].reset_index(drop=True)


def steps_of(pairs: Pairs, trace: pd.DataFrame, base: Ints, scenario: Mapping[str, Any] | None) -> pd.DataFrame:
    """Return the trace's row of each Step, in the order of `pairs`, and whom its response is for.

    Args:
        pairs: The samples.
        trace: The run's Steps.
        base: The digests of a cell that is taken to be right, one for each Step.
        scenario: The scenario as run.json keeps it.

    Returns:
        The trace's columns, and: `written`, the last Step before that wrote what this one may show, or -1; `digest`, those of
        `base`; `personal`, whether callers get responses of their own; `who`, the caller, or empty where all get the same
        response; `whose`, the path, or empty where each path belongs to one caller.
    """
    keys = pd.DataFrame({"round": pairs.of_steps("round"), "step": pairs.of_steps("step")})
    steps = keys.merge(trace, on=["round", "step"], how="left")
    for column in (*REQUEST[1:], "user"):
        steps[column] = steps[column].fillna("")
    owned = {e.name for e in scenario_endpoints(scenario or {}) if e.caller and f"{{{e.caller}}}" in e.path}
    personal = steps["endpoint"].isin(owned | _depend_on_caller(steps, base))
    return steps.assign(
        written=_last_writes(steps, *_affecting(scenario or {})),
        digest=base,
        personal=personal,
        who=steps["user"].where(personal, ""),
        whose=steps["path"].where(~steps["endpoint"].isin(owned), ""),
    )


def _affecting(scenario: Mapping[str, Any]) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Return the writes that affect each endpoint, and those of which the scenario does not say what they affect."""
    writes = [endpoint for endpoint in scenario_endpoints(scenario) if endpoint.writes]
    reads = {name for write in writes for name in write.affects}
    declared = {name: frozenset(write.name for write in writes if name in write.affects) for name in reads}
    return declared, frozenset(write.name for write in writes if not write.affects)


def _last_writes(steps: pd.DataFrame, declared: Mapping[str, frozenset[str]], undeclared: frozenset[str]) -> Ints:
    """Return, per Step, the last earlier Step of its round that may have changed what it shows; -1 for none.

    Without a scenario every request that is no read may have.
    """
    order = np.lexsort((steps["step"].to_numpy(np.int64), steps["round"].to_numpy(np.int64)))
    rows = steps.iloc[order]
    endpoints, names = pd.factorize(rows["endpoint"])
    code_of = {name: code for code, name in enumerate(names)}
    is_write = ~rows["method"].isin(sorted(READING_METHODS)).to_numpy(bool)
    first = np.unique(rows["round"].to_numpy(np.int64), return_index=True)[1]
    begins = np.repeat(first, np.diff([*first, len(rows)]))  # where the round of each Step begins
    place = np.arange(len(rows))
    numbers = rows["step"].to_numpy(np.int64)

    def last(written: Bools) -> Ints:
        """Return the last of these Steps before each, in its round; -1 for none."""
        at = np.maximum.accumulate(np.where(written, place, -1))
        before = np.concatenate([[-1], at[:-1]])[: len(place)]
        return np.where(before >= begins, numbers[np.maximum(before, 0)], -1)

    writing = undeclared.union(*declared.values())
    result = np.full(len(rows), -1, dtype=np.int64)
    if writing:
        by_writer = {name: last(endpoints == code_of.get(name, len(names))) for name in writing}
        always = np.max([by_writer[name] for name in undeclared], axis=0) if undeclared else result
        result = always.copy()
        for name, writers in declared.items():
            own = endpoints == code_of.get(name, len(names))
            result[own] = np.max([always, *(by_writer[writer] for writer in writers)], axis=0)[own]
    else:
        result = last(is_write)
    affected = rows["affected_by"].astype("Float64").to_numpy(np.float64, na_value=-1)
    in_order = np.empty(len(rows), dtype=np.int64)
    in_order[order] = np.maximum(result, affected.astype(np.int64))
    return in_order


def _depend_on_caller(steps: pd.DataFrame, base: Ints) -> set[str]:
    """Return the endpoints whose response to the same request mostly changes when another caller sends it next."""
    compared = steps.assign(digest=base)[base >= 0]
    before = compared.groupby(["round", *REQUEST], dropna=False)[["user", "digest"]].shift()
    other = before["digest"].notna() & (compared["user"] != before["user"])
    changes = (compared["digest"] != before["digest"])[other].groupby(compared["endpoint"][other], observed=True).mean()
    return set(changes.index[changes > 0.5])


def _unstable(pairs: Pairs, digests: Ints) -> Bools:
    """Return, per Step, whether all_on and its A/A control responded differently."""
    optimised, twin = pairs.column(OPTIMISED), pairs.column(TWIN)
    if optimised is None or twin is None:
        return np.zeros(pairs.steps, dtype=bool)
    return np.asarray(
        (digests[:, optimised] >= 0) & (digests[:, twin] >= 0) & (digests[:, optimised] != digests[:, twin])
    )


def _by_places(rows: pd.DataFrame, differences: pd.DataFrame) -> pd.Series[Any]:
    """Return the class by the kept differences; where none was kept, the most frequent one in that cell and endpoint."""
    ranks = {kind: rank for rank, kind in enumerate(OF_KIND)}
    kept = differences.assign(rank=differences["kind"].map(ranks).astype(float))
    worst = kept.groupby(ANSWER, observed=True)["rank"].min().reset_index()
    rank = rows.merge(worst, on=ANSWER, how="left")["rank"]
    usual = rank.groupby([rows["endpoint"], rows["cell"]]).transform(lambda ranks_: ranks_.mode().min())
    names = dict(enumerate(OF_KIND.values()))
    return rank.fillna(usual).map(names).astype(object).where(rank.notna() | usual.notna(), "content")


def _only_lacks(rows: pd.DataFrame, differences: pd.DataFrame) -> Bools:
    """Return, per response, whether rows are missing and none came in their place: an empty page belongs to no user."""
    kept = differences.assign(
        lacks=differences["got"].str.fullmatch(NOTHING).fillna(False).astype(bool), rows=differences["kind"] == "rows"
    )
    of_answer = kept.groupby(ANSWER, observed=True).agg({"lacks": "all", "rows": "any"}).astype(bool)
    lacking = of_answer.index[of_answer["lacks"] & of_answer["rows"]]
    return np.asarray(pd.MultiIndex.from_frame(rows[ANSWER]).isin(lacking), dtype=bool)
