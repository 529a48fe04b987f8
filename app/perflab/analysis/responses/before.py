"""Responses that were right before the rounds: rounds begin with entries of the traffic that went before them.

The baseline did not replay that traffic. What all_on computed then, and a cache returns now, was right then if the cell without
caches returns now what the baseline does: then no other switch is wrong. It is recognised by its digest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from perflab.analysis.responses.blame import factors_on
from perflab.analysis.responses.history import REQUEST
from perflab.analysis.stats.pairs import Bools, Ints, Pairs
from perflab.run.cells import BASELINE
from perflab.run.scenario import cache_factors

KEYS = ["endpoint", *REQUEST, "who"]
NEVER = -1


def classes_before(
    rows: pd.DataFrame,
    cell: Ints,
    pairs: Pairs,
    steps: pd.DataFrame,
    before: pd.DataFrame,
    affecting: Mapping[str, Collection[str]],
    scenario: Mapping[str, Any],
    nobodys: Bools,
) -> npt.NDArray[np.object_]:
    """Return the class of each response that was right before the rounds; None for any other.

    `cross_user_leak`: for another caller. `stale`: to the same request, before a write that affects it; `aged` without one.

    Args:
        rows: The responses that differ, with `place`, their Step in `pairs`.
        cell: The column of each response's cell in `pairs`.
        pairs: The samples with the warm-up.
        steps: The Steps, see `answers.steps_of`.
        before: The table `before` of the run.
        affecting: The writes that may change what an endpoint shows, by its name.
        scenario: The scenario as run.json keeps it.
        nobodys: Which responses are leaked to nobody, whoever else got them.
    """
    classes = np.full(len(rows), None, dtype=object)
    computed = before[before["response_digest"].notna()]
    place = rows["place"].to_numpy(np.int64)
    served = _served(place, cell, pairs, scenario) if len(computed) else np.zeros(len(rows), dtype=bool)
    if not served.any():
        return classes
    digests = _digests(place, cell, pairs)
    own = steps.loc[place, [*KEYS, "whose", "user", "personal", "written"]]
    own = own.assign(digest=digests, row=np.arange(len(rows)))[served].astype(
        dict.fromkeys([*KEYS, "whose", "user"], object)
    )
    given = _as_steps(computed, steps)
    same = own.merge(
        given.groupby([*KEYS, "digest"], sort=False)["step"].min().reset_index(), on=[*KEYS, "digest"], how="inner"
    )
    writes = before[before["writes"].to_numpy(bool, na_value=False)]
    last = writes.groupby(writes["endpoint"].astype(str), observed=True)["step"].max()
    last_of = {
        name: max((int(last[write]) for write in affecting.get(name, ()) if write in last.index), default=NEVER)
        for name in same["endpoint"].unique()
    }
    is_written = (same["written"] >= 0) | (same["endpoint"].map(last_of) > same["step"])
    classes[same["row"].to_numpy(np.int64)] = np.where(is_written, "stale", "aged")
    callers = given[["endpoint", "whose", "digest", "user"]].drop_duplicates()
    others = own[own["personal"].to_numpy(bool)].merge(
        callers, on=["endpoint", "whose", "digest"], suffixes=("", "_given")
    )
    leaked = others.loc[(others["user"] != others["user_given"]).to_numpy(bool), "row"].to_numpy(np.int64)
    classes[leaked[~nobodys[leaked]]] = "cross_user_leak"
    return classes


def own_before(rows: pd.DataFrame, cell: Ints, pairs: Pairs, steps: pd.DataFrame, before: pd.DataFrame) -> Bools:
    """Return which responses their own caller got from the same endpoint before the rounds, whatever it requested.

    Args:
        rows: The responses that differ, with `place`, their Step in `pairs`.
        cell: The column of each response's cell in `pairs`.
        pairs: The samples with the warm-up.
        steps: The Steps, see `answers.steps_of`.
        before: The table `before` of the run.
    """
    computed = before[before["response_digest"].notna()]
    place = rows["place"].to_numpy(np.int64)
    digests = _digests(place, cell, pairs)
    own = steps.loc[place, ["endpoint", "user"]].astype(object).fillna("").assign(digest=digests)
    given = computed[["endpoint", "user", "response_digest"]].astype(object).fillna("")
    return np.asarray(pd.MultiIndex.from_frame(own).isin(pd.MultiIndex.from_frame(given)), dtype=bool)


def _digests(place: Ints, cell: Ints, pairs: Pairs) -> npt.NDArray[np.object_]:
    """Return the digest of each response as text, as the table `before` has it."""
    return np.asarray(pairs.samples["response_digest"].iloc[pairs.rows[cell, place]].astype(object))


def _as_steps(computed: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Return the computed responses with the columns of `answers.steps_of` that say whom a response is for."""
    given = computed.rename(columns={"response_digest": "digest"}).astype({"endpoint": object})
    for column in (*REQUEST, "user"):
        given[column] = given[column].astype(object).fillna("")
    personal = set(steps.loc[steps["personal"].to_numpy(bool), "endpoint"].astype(str))
    owned = set(steps.loc[(steps["whose"] == "").to_numpy(bool), "endpoint"].astype(str))
    return given.assign(
        who=given["user"].where(given["endpoint"].isin(personal), ""),
        whose=given["path"].where(~given["endpoint"].isin(owned), ""),
    )


def _served(place: Ints, cell: Ints, pairs: Pairs, scenario: Mapping[str, Any]) -> Bools:
    """Return which responses a cache served, while the cell with only the caches off returned what the baseline did."""
    base = pairs.column(BASELINE)
    if base is None or not (pairs.measures("cache_hits") and pairs.measures("cache_misses")):
        return np.zeros(len(place), dtype=bool)
    hits, misses = (np.nan_to_num(pairs.values(name)) for name in ("cache_hits", "cache_misses"))
    served = (hits[place, cell] > 0) & (misses[place, cell] == 0)
    names = [str(factor["name"]) for factor in scenario.get("factors") or ()]
    on, caches = factors_on(pairs.cells, names or None), frozenset(cache_factors(scenario))
    digests = pairs.codes("response_digest")
    for number in np.unique(cell):
        without = on[pairs.cells[number]] - caches
        same = next((column for column, name in enumerate(pairs.cells) if on[name] == without), None)
        if same is not None and same != number:
            rows = cell == number
            served[rows] &= digests[place[rows], same] == digests[place[rows], base]
    return np.asarray(served, dtype=bool)
