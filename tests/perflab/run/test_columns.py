"""Samples column by column: the same values as in one table, each read when it is used."""

from __future__ import annotations

import pandas as pd
import pytest

from perflab.analysis.summary import summarise
from perflab.run.columns import SMALL, Columns
from perflab.run.store import Run, load
from tests.perflab.synthetic import FACTORS
from tests.selftest import large


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    directory = tmp_path_factory.mktemp("large") / "run"
    large.build(directory, 8_000, 3)
    return load(directory)


def counting(table: pd.DataFrame) -> tuple[Columns, list[str]]:
    read: list[str] = []

    def some(names: list[str]) -> pd.DataFrame:
        read.extend(names)
        return table[names]

    numbers = lambda name: table[name].to_numpy(float)  # noqa: E731
    return Columns(list(table.columns), some, numbers), read  # type: ignore[arg-type]


def test_a_column_is_read_when_it_is_used() -> None:
    table = pd.DataFrame({"cell": pd.Categorical(["all_off", "all_on"]), "latency_s": [0.1, 0.2], "round": [1, 1]})
    columns, read = counting(table)

    assert (columns.columns, read) == (("cell", "latency_s", "round"), [])
    assert columns["latency_s"].tolist() == [0.1, 0.2]
    assert columns["latency_s"].tolist() == [0.1, 0.2]
    assert read == ["latency_s", "latency_s"], "large columns are not kept"


def test_a_text_with_few_values_is_kept() -> None:
    few = pd.Categorical([str(number % 2) for number in range(SMALL + 1)])
    many = pd.Categorical([str(number) for number in range(SMALL + 1)])
    columns, read = counting(pd.DataFrame({"cell": few, "user": many}))

    for _ in range(2):
        pd.testing.assert_frame_equal(columns[["cell", "user"]], pd.DataFrame({"cell": few, "user": many}))
    assert read == ["cell", "user", "user"]
    assert len(columns) == SMALL + 1


def test_a_runs_columns_are_those_of_its_samples(run: Run) -> None:
    columns = run.sample_columns

    assert "samples" not in run.__dict__
    names = list(columns.columns)
    pd.testing.assert_frame_equal(columns[names], load(run.directory).samples)
    assert set(FACTORS) <= set(names)


def test_the_summary_is_the_same_and_reads_no_table_of_samples(run: Run) -> None:
    whole = load(run.directory)
    assert len(whole.samples) == len(run.sample_columns)

    by_columns = summarise(run)

    assert "samples" not in run.__dict__
    assert by_columns == summarise(whole)
