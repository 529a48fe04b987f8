"""A saved run of any size, written within seconds: the columns and types of a real one, drawn with numpy.

Texts are made as codes into a few values and stretched by Arrow, so that ten million rows take no Python object each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from perflab.run.cells import REFERENCE, Cell, cells_of
from perflab.run.tables import SAMPLES, TRACE, Table
from perflab.run.writer import RunWriter
from tests.perflab.synthetic import FACTORS, KINDS, Truth, meta

Array = npt.NDArray[Any]
Columns = Mapping[str, Any]

BLOCK = 20
WARMUP_BLOCKS = 10
USERS = 4_000
SEED = 7
KIND_NAMES = [kind.name for kind in KINDS]


def build(directory: Path, rows: int, rounds: int) -> None:
    """Write a complete run of about so many samples into an empty directory."""
    cells = cells_of(FACTORS)
    in_block = sum(1 if cell.name == REFERENCE else BLOCK for cell in cells)
    blocks = max(WARMUP_BLOCKS + 1, round(rows / rounds / in_block))
    writer = RunWriter.create(directory, {**meta(Truth(rounds=rounds)), "status": "running"})
    for number in range(1, rounds + 1):
        rng = np.random.default_rng([SEED, number])
        steps = _steps(number, blocks, rng)
        _write(directory / "trace" / f"round-{number:03d}.parquet", steps, TRACE)
        samples = _samples(number, blocks, steps, cells, rng)
        _write(directory / "samples" / f"round-{number:03d}.parquet", samples, SAMPLES.with_factors(FACTORS))
    writer.finish("complete")


def _steps(number: int, blocks: int, rng: np.random.Generator) -> Columns:
    size = blocks * BLOCK
    weights = np.array([kind.weight for kind in KINDS])
    kind = rng.choice(len(KINDS), size=size, p=weights / weights.sum())
    user = np.minimum(rng.zipf(1.3, size), USERS) - 1
    block = np.arange(size) // BLOCK
    return {
        "round": np.full(size, number),
        "step": np.arange(size),
        "block": block,
        "at_s": np.cumsum(rng.exponential(0.02, size)),
        "phase": _texts(block >= WARMUP_BLOCKS, ("warmup", "measured")),
        "endpoint": _texts(kind, KIND_NAMES),
        "method": _texts(kind, [k.method for k in KINDS]),
        "path": _texts(user, [f"/{n}" for n in range(USERS)]),
        "body": pa.nulls(size),
        "user": _texts(user, [str(n) for n in range(USERS)]),
        "affected_by": pa.nulls(size),
        "kind": kind,
        "who": user,
    }


def _samples(number: int, blocks: int, steps: Columns, cells: Sequence[Cell], rng: np.random.Generator) -> Columns:
    """All cells' turns of each block in random order; the reference's is one row."""
    names = [cell.name for cell in cells]
    turns = rng.permuted(np.tile(np.arange(len(cells)), (blocks, 1)), axis=1).ravel()
    lengths = np.where(turns == names.index(REFERENCE), 1, BLOCK)
    cell = np.repeat(turns, lengths)
    block = np.repeat(np.repeat(np.arange(blocks), len(cells)), lengths)
    starts = np.cumsum(lengths) - lengths
    step = block * BLOCK + np.arange(len(cell)) - np.repeat(starts, lengths)
    reference = cell == names.index(REFERENCE)
    kind, user = steps["kind"][step], steps["who"][step]
    queries, hit = _queries(kind, cell, cells, rng.random(blocks * BLOCK)[step] < 0.7)
    shared = rng.normal(0, 0.25, blocks * BLOCK)[step]
    latency = (0.4e-3 + queries * 0.3e-3) * np.exp(shared + rng.normal(0, 0.08, len(cell)))
    latency *= np.array([1 + c.is_on("indexes") * -0.05 + (c.role == "canary") * 0.05 for c in cells])[cell]
    latency *= np.exp(rng.normal(0, 0.005, len(cells)))[cell]
    unknown = np.where(reference, np.nan, 1.0)
    return {
        "round": np.full(len(cell), number),
        "step": step,
        "block": block,
        "position": np.repeat(np.tile(np.arange(len(cells)), blocks), lengths),
        "cell": _texts(cell, names),
        "role": _texts(cell, [c.role for c in cells]),
        "phase": _texts(block >= WARMUP_BLOCKS, ("warmup", "measured")),
        **{
            factor: _texts(cell, [("on" if c.levels[factor] else "off") if c.levels else None for c in cells])
            for factor in FACTORS
        },
        "predecessor": _texts(np.repeat(np.concatenate([[len(cells)], turns[:-1]]), lengths), [*names, None]),
        "started_s": np.cumsum(latency),
        "endpoint": _texts(np.where(reference, len(KINDS), kind), [*KIND_NAMES, REFERENCE]),
        "method": _texts(np.where(reference, len(KINDS), kind), [*(k.method for k in KINDS), "GET"]),
        "status": np.full(len(cell), 200),
        "user": _texts(np.where(reference, USERS, user), [*map(str, range(USERS)), None]),
        "latency_s": latency,
        "app_cpu_s": latency * 0.55,
        "db_cpu_s": (latency * 0.3 * (queries > 0) + 1e-6) * unknown,
        "cache_cpu_s": np.where(hit, 12e-6, 0.0) * unknown,
        "query_count": queries,
        "duplicate_query_count": np.maximum(queries - 4, 0),
        "query_time_s": queries * 0.2e-3,
        "query_app_cpu_s": queries * 0.1e-3,
        "commit_time_s": np.zeros(len(cell)),
        "connects": np.zeros(len(cell), np.int32),
        "cache_hits": hit.astype(np.int32),
        "cache_misses": (~hit).astype(np.int32),
        "cache_sets": (~hit).astype(np.int32),
        "cache_deletes": np.zeros(len(cell), np.int32),
        "response_bytes": np.full(len(cell), 900),
        "response_digest": _digests(blocks * BLOCK // 2, rng).take(pa.array(step // 2)),
        "error": pa.nulls(len(cell)),
    }


def _queries(kind: Array, cell: Array, cells: Sequence[Cell], hits: Array) -> tuple[Array, Array]:
    """The queries of each sample, and whether its cell's cache had the response."""
    number = np.array([[k.optimised if c.is_on("queries") else k.naive for k in KINDS] for c in cells])
    keeps = np.array([[c.is_on("caching") and k.cached for k in KINDS] for c in cells])
    hit = keeps[cell, kind] & hits
    query_count = np.where(np.array([c.name == REFERENCE for c in cells])[cell], 0, number[cell, kind])
    return np.where(hit, 0, query_count), hit


def _texts(codes: Array, values: Sequence[str | None]) -> Any:
    """A column of text from codes; None is null."""
    texts = [value for value in values if value is not None]
    place = {value: n for n, value in reversed(list(enumerate(texts)))}
    index = np.array([-1 if value is None else place[value] for value in values])[np.asarray(codes, dtype=np.int64)]
    indices = pa.array(index.astype(np.int32), mask=index < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(texts, pa.string()))


def _digests(size: int, rng: np.random.Generator) -> Any:
    """So many texts of 32 hexadecimal digits, as digests are."""
    digits = rng.bytes(16 * max(size, 1)).hex()
    return pa.array([digits[32 * n : 32 * n + 32] for n in range(max(size, 1))], pa.string())


def _write(path: Path, columns: Columns, table: Table) -> None:
    """The file that the store would have written from these rows: the same columns, types and pandas metadata."""
    schema = table.schema
    arrays = []
    for field in schema:
        column = columns[field.name]
        array = column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column, from_pandas=True)
        arrays.append(array.cast(field.type))
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path)
