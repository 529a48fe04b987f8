#!/usr/bin/env bash
# sqlglot 30.30.0, dialect "postgres": numerals that PostgreSQL reads since version 16 change their value, without an error.
#
#     SELECT 1_000    PostgreSQL: 1000    sqlglot: the number 1 with the alias _000
#     SELECT 0x1F     PostgreSQL: 31      sqlglot: the bit string x'1F'
#     SELECT 0o17     PostgreSQL: 15      sqlglot: the number 0 with the alias o17
#     SELECT 0b101    PostgreSQL: 5       sqlglot: the bit string b'101'
#
# One would expect the number, or a ParseError. A tool that rewrites SQL and runs what it wrote gets another result; one that
# only groups queries by their text puts `LIMIT 1_000` beside `LIMIT 1 _000`. (PostgreSQL 16 release notes: "Allow
# non-decimal integer literals" and "Allow the use of underscores for integer and numeric constants".)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sqlglot==30.30.0
"$folder/venv/bin/python" - > "$folder/seen" <<'PY'
import sqlglot

for text in ("1_000", "0x1F", "0o17", "0b101"):
    print(text, "->", sqlglot.parse_one(f"SELECT {text}", dialect="postgres").sql(dialect="postgres"))
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
1_000 -> SELECT 1 AS _000
0x1F -> SELECT x'1F'
0o17 -> SELECT 0 AS o17
0b101 -> SELECT b'101'
SEEN
