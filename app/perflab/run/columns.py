"""Reading tables, and the samples of a run column by column: each is read from its files when it is used, and not kept.

All columns of ten million samples take 1.2 GiB; the analysis uses a few of them at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from perflab.run.tables.declaring import NULLABLE, Column, Table

# A text with so many categories or fewer takes a byte per sample, and is kept.
SMALL = 127


class Columns:
    """A table of which each column is read when it is used. It has as much of a DataFrame's interface as the analysis needs."""

    def __init__(
        self,
        names: Sequence[str],
        read: Callable[[Sequence[str]], pd.DataFrame],
        read_numbers: Callable[[str], npt.NDArray[np.float64]],
    ) -> None:
        """Read nothing yet.

        Args:
            names: The names of the columns.
            read: Reads some of them.
            read_numbers: Reads one as float64, NaN for null; raises ValueError for a text.
        """
        self.columns = tuple(names)
        self._read = read
        self.numbers = read_numbers
        self._kept: dict[str, pd.Series[Any]] = {}
        self._codes: dict[str, npt.NDArray[Any]] = {}

    def __len__(self) -> int:
        """The number of rows."""
        return len(self["cell"])

    @overload
    def __getitem__(self, key: str) -> pd.Series[Any]: ...

    @overload
    def __getitem__(self, key: list[str]) -> pd.DataFrame: ...

    def __getitem__(self, key: str | list[str]) -> pd.Series[Any] | pd.DataFrame:
        """Return a column, or a DataFrame of several."""
        if not isinstance(key, str):
            return pd.DataFrame({name: self[name] for name in key}, copy=False)
        if key in self._kept:
            return self._kept[key]
        column = self._read([key])[key]
        if isinstance(column.dtype, pd.CategoricalDtype) and len(column.dtype.categories) <= SMALL:
            self._kept[key] = column
        return column

    def codes(self, name: str) -> npt.NDArray[Any]:
        """Return a column of text as numbers, equal where the texts are, -1 for null; they are kept, the texts are not."""
        if name not in self._codes:
            self._codes[name] = self[name].cat.codes.to_numpy()
        return self._codes[name]


Samples: TypeAlias = pd.DataFrame | Columns


def read_table(files: Sequence[Path], table: Table, categorical: bool) -> pd.DataFrame:
    """Read the files of a table, with exactly its declared columns; one that a file lacks is null there.

    Column by column, so that no more than one of them is in memory twice. A row of samples takes 128 bytes if its texts are
    categories, and 288 if not.

    Args:
        files: The files, a round each.
        table: The columns.
        categorical: Whether texts are read as categories.

    Raises:
        ValueError: A file lacks a column that is never null.
    """
    import pyarrow as pa

    texts = [column.name for column in table.columns if column.dtype == "string"] if categorical else []
    columns = {}
    with ExitStack() as stack:
        opened = [stack.enter_context(_opened(file, texts)) for file in files]
        for column in table.columns:
            parts = [_column(file, column) for file in opened]
            chunks = pa.concat_tables(parts, promote_options="permissive").unify_dictionaries()
            if column.name in texts:
                columns[column.name] = _categorical(chunks.column(0))
                continue
            values = chunks.to_pandas(types_mapper=_pandas_type, ignore_metadata=True)[column.name]
            columns[column.name] = values.astype(column.pandas_dtype)
    return pd.DataFrame(columns, copy=False)


def _categorical(texts: Any) -> Any:
    """Return a column of text as a categorical one, its categories in alphabetical order: sorted by Arrow, not text by text."""
    import pyarrow as pa
    from pyarrow import compute

    if not pa.types.is_dictionary(texts.type):
        texts = texts.cast(pa.string()).dictionary_encode()
    whole = texts.combine_chunks() if texts.num_chunks != 1 else texts.chunk(0)
    order = compute.array_sort_indices(whole.dictionary)
    ranks = np.empty(len(order) + 1, dtype=np.min_scalar_type(-max(len(order), 1)))
    ranks[order.to_numpy()] = np.arange(len(order))
    ranks[-1] = -1  # of a text that is null
    indices = whole.indices.fill_null(-1) if whole.null_count else whole.indices
    codes = ranks.take(indices.to_numpy(zero_copy_only=False), mode="wrap")
    categories = pd.CategoricalDtype(whole.dictionary.take(order).to_pandas())
    return pd.Series(pd.Categorical.from_codes(codes, dtype=categories, validate=False))


def read_numbers(files: Sequence[Path], column: Column) -> npt.NDArray[np.float64]:
    """Return a column of numbers as float64, NaN for what is null; a file that lacks it has nulls.

    Args:
        files: The files, a round each.
        column: The column.

    Raises:
        ValueError: It is text.
    """
    if column.dtype == "string":
        raise ValueError(f"{column.name} is text")
    with ExitStack() as stack:
        opened = [stack.enter_context(_opened(file, ())) for file in files]
        sizes = np.cumsum([0, *(file.metadata.num_rows for file in opened)])
        numbers = np.empty(sizes[-1])
        for file, begin, end in zip(opened, sizes[:-1], sizes[1:], strict=True):
            numbers[begin:end] = _column(file, column).column(0).cast("float64").to_numpy()
    return numbers


def _opened(file: Path, texts: Sequence[str]) -> Any:
    """Open a parquet file, to read these columns as dictionaries where it has them."""
    from pyarrow import parquet

    present = set(parquet.read_schema(file).names)
    return parquet.ParquetFile(file, read_dictionary=[name for name in texts if name in present])


def _column(file: Any, column: Column) -> Any:
    """Return one column of a parquet file; nulls where the file was written before there was such a column."""
    import pyarrow as pa

    if column.name in file.schema_arrow.names:
        return file.read([column.name])
    if not column.nullable:
        raise ValueError(f"the column {column.name} is missing")
    return pa.table({column.name: pa.nulls(file.metadata.num_rows)})


def _pandas_type(arrow: Any) -> Any:
    """Return the nullable pandas type for an Arrow type, so that numbers with nulls do not become floats."""
    name = str(arrow)
    return pd.api.types.pandas_dtype(NULLABLE[name]) if name in NULLABLE else None
