"""What became of the answers that are not the baseline's: stale, leaked, reordered, other rows, another status, other content.

An answer that was right a while ago, or for somebody else, is known by its digest: the baseline gave the same one before, or
to another caller. All others are told apart by the places in which they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.responses.nondeterminism import nondeterministic
from perflab.analysis.stats.pairs import Bools, Ints, Pairs
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, TWIN
from perflab.run.scenario import scenario_endpoints

# From what does most harm to what does least: an answer with several kinds of differences is of the first that fits.
CLASSES = ("leaked", "stale", "status", "rows", "reordered", "content", "unstable")
OF_KIND = {"status": "status", "rows": "rows", "order": "reordered", "value": "content"}
COLUMNS = ("round", "step", "cell", "endpoint", "method", "class", "like_step", "place")

REQUEST = ["method", "path", "body"]
ANSWER = ["round", "step", "cell"]
# What was got in a place, as JSON text, that can be nobody's: no row, or a number, which stands beside rows and counts them.
NOTHING = r"\[\]|-?\d+"


def changed(
    pairs: Pairs, trace: pd.DataFrame, differences: pd.DataFrame, scenario: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """One row per answer of a cell that differs from the baseline's to the same Step, the canary's left out.

    `pairs` with the warm-up, where reads fill the caches. `like_step` is the Step of the same round to which this very answer
    was the right one; -1 where there is none. `place` is the row of the Step in `pairs`. Columns are COLUMNS. All answers of an
    endpoint that is nondeterministic are `unstable`, of the others only those of twins that differ.
    """
    base = pairs.column(BASELINE)
    nothing = pd.DataFrame(columns=list(COLUMNS))
    if base is None or not pairs.steps or "response_digest" not in pairs.samples.columns:
        return nothing
    digests = pairs.codes("response_digest")
    differ = (digests >= 0) & (digests[:, [base]] >= 0) & (digests != digests[:, [base]])
    if (canary := pairs.column(CANARY)) is not None:
        differ[:, canary] = False
    place, cell = np.nonzero(differ)
    if not len(place):
        return nothing
    steps = steps_of(pairs, trace, digests[:, base], scenario)
    found = steps.loc[place, ["round", "step", "endpoint", "method"]].reset_index(drop=True)
    found = found.assign(cell=np.array(pairs.cells, dtype=object)[cell], place=place)
    found["class"] = _by_places(found, differences)
    like = np.full(len(found), -1, dtype=np.int64)
    history = _History(digests, steps, base)
    leaked = np.where(_only_lacks(found, differences), -1, history.leaked(place, cell))
    for name, looked_up in (("stale", history.stale(place, cell)), ("leaked", leaked)):
        found.loc[looked_up >= 0, "class"] = name
        like = np.where(looked_up >= 0, looked_up, like)
    twins = found["cell"].isin([OPTIMISED, TWIN]).to_numpy()
    by_themselves = found["endpoint"].isin(nondeterministic(pairs, digests)).to_numpy()
    unstable = (_unstable(pairs, digests)[place] & twins) | by_themselves
    found.loc[unstable, "class"] = "unstable"
    found["like_step"] = np.where((like >= 0) & ~unstable, steps["step"].to_numpy()[np.maximum(like, 0)], -1)
    return found[list(COLUMNS)]


def steps_of(pairs: Pairs, trace: pd.DataFrame, base: Ints, scenario: Mapping[str, Any] | None) -> pd.DataFrame:
    """The trace's row of each Step, in the order of `pairs`, and for whom its answer is: `who` asked, `whose` it is.

    `base` are the digests of a cell that is taken to be right, and stand in `digest`. `who` is empty where everybody gets the
    same answer to the same request, so that one who asks later may get what another was told before. `whose` is the path, or
    empty where each path belongs to one caller.
    """
    keys = pd.DataFrame({"round": pairs.of_steps("round"), "step": pairs.of_steps("step")})
    steps = keys.merge(trace, on=["round", "step"], how="left")
    for column in (*REQUEST[1:], "user"):
        steps[column] = steps[column].fillna("")
    owned = {e.name for e in scenario_endpoints(scenario or {}) if e.caller and f"{{{e.caller}}}" in e.path}
    personal = steps["endpoint"].isin(owned | _depend_on_caller(steps, base))
    return steps.assign(
        digest=base,
        personal=personal,
        who=steps["user"].where(personal, ""),
        whose=steps["path"].where(~steps["endpoint"].isin(owned), ""),
    )


def _depend_on_caller(steps: pd.DataFrame, base: Ints) -> set[str]:
    """The endpoints whose answer to the same request mostly changes when another caller is the next to ask."""
    asked = steps.assign(digest=base)[base >= 0]
    before = asked.groupby(["round", *REQUEST], dropna=False)[["user", "digest"]].shift()
    other = before["digest"].notna() & (asked["user"] != before["user"])
    changes = (asked["digest"] != before["digest"])[other].groupby(asked["endpoint"][other], observed=True).mean()
    return set(changes.index[changes > 0.5])


def _unstable(pairs: Pairs, digests: Ints) -> Bools:
    """Per Step: whether the twins answered differently."""
    one, other = pairs.column(OPTIMISED), pairs.column(TWIN)
    if one is None or other is None:
        return np.zeros(pairs.steps, dtype=bool)
    return np.asarray((digests[:, one] >= 0) & (digests[:, other] >= 0) & (digests[:, one] != digests[:, other]))


def _by_places(found: pd.DataFrame, differences: pd.DataFrame) -> pd.Series[Any]:
    """The class by the kept differences; where none was kept, the one that is most frequent in that cell and endpoint."""
    ranks = {kind: rank for rank, kind in enumerate(OF_KIND)}
    kept = differences.assign(rank=differences["kind"].map(ranks).astype(float))
    worst = kept.groupby(ANSWER, observed=True)["rank"].min().reset_index()
    rank = found.merge(worst, on=ANSWER, how="left")["rank"]
    usual = rank.groupby([found["endpoint"], found["cell"]]).transform(lambda known: known.mode().min())
    names = dict(enumerate(OF_KIND.values()))
    return rank.fillna(usual).map(names).astype(object).where(rank.notna() | usual.notna(), "content")


def _only_lacks(found: pd.DataFrame, differences: pd.DataFrame) -> Bools:
    """Per answer: whether rows are missing, and none came in their place. An empty page is nobody's, whoever gets it."""
    kept = differences.assign(
        lacks=differences["got"].str.fullmatch(NOTHING).fillna(False).astype(bool), rows=differences["kind"] == "rows"
    )
    of_answer = kept.groupby(ANSWER, observed=True).agg({"lacks": "all", "rows": "any"}).astype(bool)
    known = of_answer.index[of_answer["lacks"] & of_answer["rows"]]
    return np.asarray(pd.MultiIndex.from_frame(found[ANSWER]).isin(known), dtype=bool)


@dataclass(frozen=True)
class _History:
    """Who got an answer before: of the baseline, and of the cell itself where the baseline was not asked (the warm-up)."""

    digests: Ints
    steps: pd.DataFrame
    base: int

    def stale(self, place: Ints, cell: Ints) -> Ints:
        """For each answer a place before at which it was the right one to the same request; -1 for none.

        What only the cell itself said counts where a write came in between that this request reads back.
        """

        def fits(both: pd.DataFrame) -> pd.Series[Any]:
            written = both["affected_by"].astype("Float64").fillna(-1).astype(float) > both["step_given"]
            return (both["step_given"] < both["step"]) & (both["sure"] | written)

        return self._looked_up(place, cell, ["round", "endpoint", *REQUEST, "who"], fits)

    def leaked(self, place: Ints, cell: Ints) -> Ints:
        """For each answer a place at which another caller got it; -1 for none. Only where callers get answers of their own."""

        def fits(both: pd.DataFrame) -> pd.Series[Any]:
            earlier = both["step_given"] < both["step"]
            return both["personal"] & (both["user"] != both["user_given"]) & (both["sure"] | earlier)

        return self._looked_up(place, cell, ["round", "endpoint", "whose"], fits)

    def _looked_up(
        self, place: Ints, cell: Ints, keys: list[str], fits: Callable[[pd.DataFrame], pd.Series[Any]]
    ) -> Ints:
        result = np.full(len(place), -1, dtype=np.int64)
        base = self.digests[:, self.base]
        for one in np.unique(cell):
            row = np.flatnonzero(cell == one)
            asked = self.steps.loc[place[row]].assign(given=self.digests[place[row], one], row=row)
            told = np.where(base >= 0, base, self.digests[:, one])
            at = np.flatnonzero(np.isin(told, asked["given"].unique()))
            given = self.steps.loc[at, [*keys, "step", "user"]].assign(given=told[at], at=at, sure=base[at] >= 0)
            # Of many who were told the same the first two say it all: whoever asks now is not both.
            # A sure one and one that is not are told apart, for they fit at different places.
            told_alike = [*keys, "given", "sure"]
            given = given.drop_duplicates([*told_alike, "user"]).groupby(told_alike).head(2)
            both = asked.merge(given, on=[*keys, "given"], suffixes=("", "_given"))
            first = both[fits(both).to_numpy(bool)].groupby("row")["at"].min()
            result[first.index.to_numpy(np.int64)] = first.to_numpy(np.int64)
        return result
