"""The spread of service times: the same requests in both cells, those that did not fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.effects.distribution import distribution

SCENARIO = {"traffic": {"endpoints": [{"name": "job", "audited": True}, {"name": "pay", "method": "POST"}]}}


def samples(times: dict[str, list[float]], **columns: Any) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"round": 1, "step": range(len(values)), "cell": cell, "latency_s": values, "endpoint": "job",
                      "phase": "measured", "error": None}).assign(**columns)
        for cell, values in times.items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_quantiles_of_both_cells_and_the_share_that_meets_the_target() -> None:
    curves = distribution(samples({"all_off": [1.0, 2.0, 3.0], "all_on": [0.1, 0.2, 0.3]}), SCENARIO, None, 0.2)
    table = curves.quantiles.pivot_table(index="share", columns="cell", values="latency_s")
    assert table.loc[0.5].to_dict() == {"all_off": 2.0, "all_on": 0.2}
    assert table["all_off"].loc[[0.0, 1.0]].tolist() == [1.0, 3.0]
    assert 0.95 in table.index
    assert curves.met == pytest.approx(2 / 3)
    assert set(curves.quantiles["n"]) == {3}


def test_a_request_that_failed_in_one_cell_is_left_out_of_both() -> None:
    table = samples({"all_off": [1.0, 9.0], "all_on": [0.1, 0.2]})
    table.loc[3, "error"] = "500"
    curves = distribution(table, SCENARIO)
    assert set(curves.quantiles["n"]) == {1}
    assert curves.quantiles["latency_s"].max() == 1.0


def test_a_scope_takes_its_endpoints_only() -> None:
    table = samples({"all_off": [1.0, 9.0], "all_on": [0.1, 0.9]})
    table.loc[table["step"] == 1, "endpoint"] = "pay"
    assert set(distribution(table, SCENARIO, "audited").quantiles["n"]) == {1}
    assert distribution(table, SCENARIO, "nobody").quantiles.empty


@pytest.mark.parametrize("times", [{}, {"all_off": [1.0]}, {"all_off": [np.nan], "all_on": [1.0]}])
def test_where_nothing_can_be_known_there_is_nothing(times: dict[str, list[float]]) -> None:
    table = samples(times) if times else samples({"all_off": [1.0]}).iloc[:0]
    curves = distribution(table, SCENARIO, None, 0.5)
    assert curves.quantiles.empty and curves.met is None
