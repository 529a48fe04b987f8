#!/usr/bin/env bash
# pandas 3.1.1 with pyarrow 26.0.1: a folder of Parquet files whose columns grew is read with the columns of its first file.
#
# pandas.read_parquet(folder) and pyarrow.parquet.read_table(list) take the schema of the file that comes first, by name or in
# the list: a column that only later files have is dropped without a word, and in the other order it comes as null. One
# would expect the union, as pandas.concat makes it, or an error, as pyarrow.concat_tables raises by default.
# pyarrow.dataset.dataset(files, schema=pyarrow.unify_schemas([...])) gives all columns.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 pyarrow==26.0.1
"$folder/venv/bin/python" - "$folder" > "$folder/seen" <<'PY'
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

folder = Path(sys.argv[1]) / "rounds"
folder.mkdir()
older, newer = str(folder / "round-1.parquet"), str(folder / "round-2.parquet")
pq.write_table(pa.table({"latency_s": [0.1]}), older)
pq.write_table(pa.table({"latency_s": [0.2], "memory_bytes": [7]}), newer)
print("pandas, folder:", list(pd.read_parquet(folder).columns))
print("pyarrow, older first:", pq.read_table([older, newer]).column_names)
print("pyarrow, newer first:", pq.read_table([newer, older]).to_pydict()["memory_bytes"])
try:
    pa.concat_tables([pq.read_table(older), pq.read_table(newer)])
except pa.ArrowInvalid:
    print("concat_tables: ArrowInvalid")
schema = pa.unify_schemas([pq.read_schema(path) for path in (older, newer)])
print("one schema:", ds.dataset([older, newer], schema=schema).to_table().to_pydict()["memory_bytes"])
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
pandas, folder: ['latency_s']
pyarrow, older first: ['latency_s']
pyarrow, newer first: [7, None]
concat_tables: ArrowInvalid
one schema: [None, 7]
SEEN
