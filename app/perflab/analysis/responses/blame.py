"""Which switch is to blame for a difference: one that every cell with it on shows, and no cell with it off, in every round.

A difference that some cells show and identical ones do not, or that comes and goes from round to round, changes by itself: what
comes from a set's order, a process's memory or chance is nobody's switch. Two runs of the baseline tell what varies within it,
and those places are masked; this is about what is left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.stats.pairs import Bools, Ints, Pairs
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, TWIN, TWIN_OFF
from perflab.run.response.pointer import covers, field_of

# Responses that are recognised by what was right before, or for somebody else: chance does not make the same text again.
RECOGNISED = ("cross_user_leak", "stale")
# Of one response so many places are kept; a response with fewer has no others.
MAX_PLACES = 5
# A round without a difference speaks against it only where it would have been seen with this probability.
SURE = 0.95
# The share of Steps with a difference at which just the cells to blame show it.
MIN_SHARE = 0.5
ANSWER = ["round", "step", "cell"]
UNKNOWN = "?"

Levels = Mapping[str, frozenset[str]]


def factors_on(cells: Iterable[str], factors: Sequence[str] | None = None) -> dict[str, frozenset[str]]:
    """Return the factors that are on in each cell, by the cells' names.

    Args:
        cells: The cells' names.
        factors: The scenario's factors; without them, all_on has one more than the other cells' names show, called "".
    """
    names = list(cells)
    single = [cell for cell in names if cell not in (BASELINE, TWIN_OFF, OPTIMISED, TWIN, CANARY)]
    shown = ("", *(factor for cell in single for factor in cell.split("+")))
    every = frozenset(shown if factors is None else factors)
    on = {cell: frozenset(cell.split("+")) for cell in single}
    on |= dict.fromkeys((BASELINE, TWIN_OFF), frozenset[str]())
    return on | dict.fromkeys((OPTIMISED, TWIN, CANARY), every)


def is_switched(differing: Collection[str], present: Collection[str], on: Levels) -> bool:
    """Return whether some switches explain which cells differ: those with more of them on differ too, and the baseline does not.

    Args:
        differing: The cells that differ from the baseline.
        present: The cells that were compared.
        on: The factors that are on in each cell.
    """
    if not differing or any(not on[cell] for cell in differing):
        return False
    return all(cell in differing for cell in present if any(on[other] <= on[cell] for other in differing))


def unmasked(rows: pd.DataFrame, differences: pd.DataFrame, masks: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the kept places without those that are masked by now, and without places of responses that are not in `rows`.

    A mask that was found late covers what was kept before.

    Args:
        rows: The responses that differ.
        differences: The differences that the run kept.
        masks: The masks as run.json keeps them.
    """
    kept = differences.merge(rows[ANSWER], on=ANSWER, how="inner")
    fields: dict[str, list[str]] = {}
    for mask in masks:
        fields.setdefault(str(mask["endpoint"]), []).append(str(mask["pointer"]))
    names = kept[["endpoint", "pointer"]].drop_duplicates()
    hidden = {
        (endpoint, pointer)
        for endpoint, pointer in names.itertuples(index=False, name=None)
        if any(covers(field, pointer) for field in fields.get(endpoint, ()))
    }
    masked = np.zeros(len(kept), dtype=bool)
    if hidden:
        masked = pd.MultiIndex.from_frame(kept[["endpoint", "pointer"]].astype(object)).isin(list(hidden))
    return kept.assign(
        masked=masked & (kept["kind"] != "leak").to_numpy(bool)
    )  # what is masked may be another caller's


def visible(rows: pd.DataFrame, differences: pd.DataFrame, masks: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the kept places that are not masked: those that an example may show.

    Args:
        rows: The responses that differ.
        differences: The differences that the run kept.
        masks: The masks as run.json keeps them.
    """
    kept = unmasked(rows, differences, masks)
    return kept[~kept["masked"].to_numpy(bool)].drop(columns="masked")


def same_by_masks(rows: pd.DataFrame, kept: pd.DataFrame) -> Bools:
    """Return which responses differ in nothing but places that are masked by now.

    Args:
        rows: The responses that differ.
        kept: Their places, see `unmasked`.
    """
    if not len(kept):
        return np.zeros(len(rows), dtype=bool)
    of_answer = kept.groupby(ANSWER, observed=True)["masked"].agg(["all", "size"])
    same = of_answer.index[of_answer["all"].to_numpy(bool) & (of_answer["size"] < MAX_PLACES).to_numpy(bool)]
    return np.asarray(pd.MultiIndex.from_frame(rows[ANSWER]).isin(same), dtype=bool)


def blamed(rows: pd.DataFrame, kept: pd.DataFrame, pairs: Pairs, digests: Ints) -> tuple[Bools, pd.DataFrame]:
    """Return which responses differ because of a switch, and the places of theirs that do.

    Args:
        rows: The responses that differ, the positive control's too, each with its class and its `place` in `pairs`.
        kept: Their places that are not masked.
        pairs: The samples with the warm-up.
        digests: The responses as numbers, Steps by cells.
    """
    on = factors_on(pairs.cells)
    steps = pd.DataFrame(
        {
            "round": pairs.of_steps("round"),
            "endpoint": pairs.of_steps("endpoint").astype(str),
            "check": (pairs.of_steps("phase") == "check").to_numpy(bool, na_value=False)
            if "phase" in pairs.samples.columns
            else False,
        }
    )
    names_of_cells = np.array(pairs.cells, dtype=object)
    present = {int(place): frozenset(names_of_cells[digests[place] >= 0]) for place in rows["place"].unique()}
    recognised = rows["class"].isin(RECOGNISED).to_numpy(bool)
    result = np.zeros(len(rows), dtype=bool)
    explained_steps = [
        place for place, cells in _cells_by_step(rows[recognised]).items() if is_switched(cells, present[place], on)
    ]
    result |= recognised & rows["place"].isin(explained_steps).to_numpy(bool)
    places = rows[~recognised].merge(kept[[*ANSWER, "pointer", "kind"]], on=ANSWER, how="left")
    names = {pointer: field_of(pointer) for pointer in places["pointer"].dropna().unique()}
    places["field"] = places["pointer"].map(names).astype(object).fillna(UNKNOWN)
    places["kind"] = places["kind"].astype(object).fillna(UNKNOWN)
    explained = [
        group
        for _, group in places.groupby(["endpoint", "field", "kind"], observed=True)
        if _is_to_blame(group.assign(check=steps["check"].to_numpy()[group["place"]]), steps, present, on)
    ]
    if not explained:
        return result, kept.iloc[:0]
    switched = pd.concat(explained)
    answers = pd.MultiIndex.from_frame(switched[ANSWER].drop_duplicates())
    result |= np.asarray(pd.MultiIndex.from_frame(rows[ANSWER]).isin(answers), dtype=bool) & ~recognised
    return result, kept.merge(switched[[*ANSWER, "pointer"]].drop_duplicates(), on=[*ANSWER, "pointer"])


def _cells_by_step(rows: pd.DataFrame) -> dict[int, frozenset[str]]:
    """Return which cells have a row, by the Step's place."""
    cells: dict[int, set[str]] = {}
    for place, cell in zip(rows["place"].tolist(), rows["cell"].tolist(), strict=True):
        cells.setdefault(int(place), set()).add(str(cell))
    return {place: frozenset(names) for place, names in cells.items()}


def _is_to_blame(group: pd.DataFrame, steps: pd.DataFrame, present: Mapping[int, frozenset[str]], on: Levels) -> bool:
    """Return whether switches explain a difference in one place of an endpoint: in every round, and in the same cells.

    Checks are requests that are made in one round only; what they alone show counts in that round.
    """
    checks_only = bool(group["check"].all())
    group = group if checks_only else group[~group["check"].to_numpy(bool)]
    own = steps[
        (steps["endpoint"] == str(group["endpoint"].iloc[0])).to_numpy(bool)
        & (steps["check"] == checks_only).to_numpy(bool)
    ]
    by_step = _cells_by_step(group)
    round_of = steps["round"].to_numpy()
    by_round: dict[int, set[str]] = {}
    for place, cells in by_step.items():
        by_round.setdefault(int(round_of[place]), set()).update(cells)
    every = frozenset[str]().union(*by_round.values())
    at_all = frozenset[str]().union(*(present[place] for place in by_step))
    if not is_switched(every, at_all, on):
        return False
    for number, showing in by_round.items():
        there = frozenset[str]().union(*(present[place] for place in by_step if round_of[place] == number))
        if showing != every & there:
            return False
    alike = sum(cells == every & present[place] for place, cells in by_step.items())
    if alike < MIN_SHARE * len(by_step):
        return False
    compared = own.groupby("round").size()
    share = len(by_step) / max(1, int(compared[compared.index.isin(list(by_round))].sum()))
    others = [int(count) for number, count in compared.items() if number not in by_round]
    return all((1 - min(share, 1.0)) ** count > 1 - SURE for count in others)
