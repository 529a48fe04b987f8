"""Where a response was right before: to the same request before a write, earlier without one, or to another caller.

It is recognised by its digest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.stats.pairs import Bools, Ints

REQUEST = ["method", "path", "body"]


@dataclass(frozen=True)
class History:
    """Hold who got which response: from the baseline, or from the cell itself where the baseline was not replayed (warm-up).

    Attributes:
        digests: The digest of each Step's response (rows) in each cell (columns); negative for none.
        steps: The Steps, see `answers.steps_of`.
        base: The column of the baseline.
        needs_write: Whether a response is out of date only after a write; runs without an A/A control of the baseline keep what
            was said of them.
    """

    digests: Ints
    steps: pd.DataFrame
    base: int
    needs_write: bool = True

    def stale(self, place: Ints, cell: Ints) -> Ints:
        """Return, for each response, an earlier place at which it was the right one to the same request; -1 for none.

        A write that affects it came in between; what only the cell itself returned counts where this request reads it back.

        Args:
            place: The Step of each response.
            cell: The cell of each response.
        """

        def fits(both: pd.DataFrame) -> pd.Series[Any]:
            read_back = both["affected_by"].astype("Float64").fillna(-1).astype(float) > both["step_given"]
            written = (both["written"] > both["step_given"]) | (not self.needs_write)
            return (both["step_given"] < both["step"]) & ((both["sure"] & written) | read_back)

        return self._looked_up(place, cell, ["round", "endpoint", *REQUEST, "who"], fits)

    def aged(self, place: Ints, cell: Ints) -> Ints:
        """Return, for each response, the first place before at which the baseline returned it; -1 for none, or after a write.

        Nothing that affects it was written since: it changes with time.

        Args:
            place: The Step of each response.
            cell: The cell of each response.
        """

        def fits(both: pd.DataFrame) -> pd.Series[Any]:
            return both["sure"] & (both["step_given"] < both["step"]) & (both["written"] <= both["step_given"])

        return self._looked_up(place, cell, ["round", "endpoint", *REQUEST, "who"], fits)

    def stale_alike(self, place: Ints, cell: Ints, rows: pd.DataFrame, stale: Ints) -> Ints:
        """Return the same of endpoints with stale responses, where the cell itself returned this one before a write.

        The baseline did not, because it leaves out reads of the warm-up. By itself such a response may always have been wrong.

        Args:
            place: The Step of each response.
            cell: The cell of each response.
            rows: The responses.
            stale: What `stale` returned for them.
        """
        result = np.full(len(place), -1, dtype=np.int64)
        if not self.needs_write or not (stale >= 0).any():
            return result
        names = ["endpoint", "cell"]
        with_stale = pd.MultiIndex.from_frame(rows.loc[stale >= 0, names].drop_duplicates())
        alike = pd.MultiIndex.from_frame(rows[names]).isin(with_stale)

        def fits(both: pd.DataFrame) -> pd.Series[Any]:
            return (both["step_given"] < both["step"]) & (both["written"] > both["step_given"])

        keys = ["round", "endpoint", *REQUEST, "who"]
        result[alike] = self._looked_up(place[alike], cell[alike], keys, fits)
        return result

    def cross_user_leak(self, place: Ints, cell: Ints) -> Ints:
        """Return, for each response, a place at which another caller got it; -1 for none, or where it is not personal.

        Args:
            place: The Step of each response.
            cell: The cell of each response.
        """

        def fits(both: pd.DataFrame) -> pd.Series[Any]:
            earlier = both["step_given"] < both["step"]
            return both["personal"] & (both["user"] != both["user_given"]) & (both["sure"] | earlier)

        return self._looked_up(place, cell, ["round", "endpoint", "whose"], fits)

    def own(self, place: Ints, cell: Ints) -> Bools:
        """Return which responses are right ones of the same endpoint to another request of their own caller in the round.

        Args:
            place: The Step of each response.
            cell: The cell of each response.
        """
        names, right = ["round", "endpoint", "user"], self.digests[:, self.base]
        given = self.steps.loc[right >= 0, names].assign(digest=right[right >= 0])
        got = self.steps.loc[place, names].assign(digest=self.digests[place, cell])
        return np.asarray(pd.MultiIndex.from_frame(got).isin(pd.MultiIndex.from_frame(given)), dtype=bool)

    def _looked_up(
        self, place: Ints, cell: Ints, keys: list[str], fits: Callable[[pd.DataFrame], pd.Series[Any]]
    ) -> Ints:
        result = np.full(len(place), -1, dtype=np.int64)
        base = self.digests[:, self.base]
        for number in np.unique(cell):
            row = np.flatnonzero(cell == number)
            responses = self.steps.loc[place[row]].assign(given=self.digests[place[row], number], row=row)
            digests = np.where(base >= 0, base, self.digests[:, number])
            at = np.flatnonzero(np.isin(digests, responses["given"].unique()))
            given = self.steps.loc[at, [*keys, "step", "user"]].assign(given=digests[at], at=at, sure=base[at] >= 0)
            # Of many callers who got the same response two are enough: the present caller is not both.
            # Sure ones are kept apart from others, because they fit at different places.
            alike = [*keys, "given", "sure"]
            given = given.drop_duplicates([*alike, "user"]).groupby(alike).head(2)
            both = responses.merge(given, on=[*keys, "given"], suffixes=("", "_given"))
            first = both[fits(both).to_numpy(bool)].groupby("row")["at"].min()
            result[first.index.to_numpy(np.int64)] = first.to_numpy(np.int64)
        return result
