"""Responses that were right before the rounds: rounds begin with entries of the traffic that went before them.

The baseline did not replay that traffic. What all_on returned then is right if no cache served it; it is recognised by its
digest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from perflab.analysis.responses.history import REQUEST
from perflab.analysis.stats.pairs import Bools, Ints, Pairs
from perflab.run.cells import BASELINE

KEYS = ["endpoint", *REQUEST, "who"]
NEVER = -1


def right_before(
    rows: pd.DataFrame,
    cell: Ints,
    pairs: Pairs,
    steps: pd.DataFrame,
    before: pd.DataFrame,
    affecting: Mapping[str, Collection[str]],
) -> tuple[Bools, Bools]:
    """Return which responses were right before the rounds and are out of date after a write, and which have only aged.

    Args:
        rows: The responses that differ, with `place`, their Step in `pairs`.
        cell: The column of each response's cell in `pairs`.
        pairs: The samples with the warm-up.
        steps: The Steps, see `answers.steps_of`.
        before: The table `before` of the run.
        affecting: The writes that may change what an endpoint shows, by its name.
    """
    none = np.zeros(len(rows), dtype=bool)
    computed = before[before["response_digest"].notna()]
    if not len(computed) or not len(rows) or BASELINE not in pairs.cells:
        return none, none
    place = rows["place"].to_numpy(np.int64)
    digests = pairs.samples["response_digest"].iloc[pairs.rows[cell, place]].astype(object).to_numpy()
    own = (
        steps.loc[place, [*KEYS, "written"]]
        .assign(digest=digests, row=np.arange(len(rows)))
        .astype({"endpoint": object})
    )
    personal = set(steps.loc[steps["personal"].to_numpy(bool), "endpoint"].astype(str))
    given = computed.astype({"endpoint": object}).assign(
        who=computed["user"].where(computed["endpoint"].isin(personal), "")
    )
    for column in (*REQUEST[1:], "who"):
        given[column] = given[column].astype(object).fillna("")
    given = given.rename(columns={"response_digest": "digest", "step": "step_given"})
    first = given.groupby([*KEYS, "digest"], observed=True, sort=False)["step_given"].min().reset_index()
    for column in KEYS:
        own[column] = own[column].astype(object)
    both = own.merge(first, on=[*KEYS, "digest"], how="inner")
    writes = before[before["writes"].to_numpy(bool, na_value=False)]
    last = writes.groupby(writes["endpoint"].astype(str), observed=True)["step"].max()
    last_of = {
        name: max((int(last[write]) for write in affecting.get(name, ()) if write in last.index), default=NEVER)
        for name in both["endpoint"].unique()
    }
    is_written = (both["written"] >= 0) | (both["endpoint"].map(last_of) > both["step_given"])
    stale, aged = none.copy(), none.copy()
    stale[both.loc[is_written, "row"].to_numpy(np.int64)] = True
    aged[both.loc[~is_written, "row"].to_numpy(np.int64)] = True
    return stale, aged
