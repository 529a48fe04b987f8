#!/usr/bin/env bash
# DuckDB 2.0.1 and pandas 3.1.1 with pyarrow 26.0.1: a timedelta in Parquet is a BIGINT without a unit, which differs by file.
#
# Parquet has no duration; pyarrow stores the bare count, and its unit only in the ARROW:schema of the file, which DuckDB does
# not read. One would expect INTERVAL (as DuckDB makes of the same frame in memory), or an error. Since pandas 3 the unit
# depends on how the column came about: nanoseconds from float seconds, microseconds from the difference of two moments. Two
# files of 1.5 s each give a mean of 750,750,000 in SQL and of 1.5 s in pandas. Store seconds as float, the unit in the name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 pandas==3.1.1 pyarrow==26.0.1
"$folder/venv/bin/python" - "$folder" > "$folder/seen" <<'PY'
import sys
from pathlib import Path

import duckdb
import pandas as pd

rounds = Path(sys.argv[1]) / "rounds"
rounds.mkdir()
begin, end = pd.Series([pd.Timestamp("2026-01-01 12:00:00")]), pd.Series([pd.Timestamp("2026-01-01 12:00:01.5")])
pd.DataFrame({"latency": end - begin}).to_parquet(rounds / "1.parquet")
pd.DataFrame({"latency": pd.to_timedelta([1.5], unit="s")}).to_parquet(rounds / "2.parquet")
for path in sorted(rounds.iterdir()):
    frame = pd.read_parquet(path)
    print(path.name, "pandas:", frame.latency.dtype, frame.latency[0].total_seconds(), end="; ")
    print("DuckDB:", *duckdb.sql(f"SELECT typeof(latency), latency FROM '{path}'").fetchall()[0])
print("frame in memory:", *duckdb.sql("SELECT typeof(latency), latency FROM frame").fetchall()[0])
print("mean of both, pandas:", pd.read_parquet(rounds).latency.mean().total_seconds(), end="; ")
print("DuckDB:", duckdb.sql(f"SELECT avg(latency) FROM '{rounds}/*.parquet'").fetchall()[0][0])
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
1.parquet pandas: timedelta64[us] 1.5; DuckDB: BIGINT 1500000
2.parquet pandas: timedelta64[ns] 1.5; DuckDB: BIGINT 1500000000
frame in memory: INTERVAL 0:00:01.500000
mean of both, pandas: 1.5; DuckDB: 750750000.0
SEEN
