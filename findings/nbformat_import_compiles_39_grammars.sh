#!/usr/bin/env bash
# nbformat 5.11.1 beside rfc3987-syntax 1.1.0: `import nbformat` compiles 39 grammars of Lark, and never parses with one.
#
# nbformat imports jsonschema, and jsonschema imports whatever helps to check the formats of texts. jupyter-events, a part of
# every Jupyter server, asks for jsonschema[format-nongpl], which brings rfc3987-syntax; that compiles a grammar for each rule of
# RFC 3987 when it is imported. So installing a server makes the import of a library for files several times slower, in
# papermill and nbconvert as well (1.4 s instead of 0.2 s where it was tried). No notebook's schema has a text of these formats,
# so validating one parses nothing; where rfc3987-syntax cannot be imported, jsonschema leaves the formats out by itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nbformat==5.11.1 jsonschema==4.26.0 lark==1.3.1
cat > "$folder/count.py" <<'PY'
import sys

import lark

counts = {"compiled": 0, "parsed": 0}


def counting(method, name):
    def counted(*arguments, **options):
        counts[name] += 1
        return method(*arguments, **options)

    return counted


lark.Lark.__init__ = counting(lark.Lark.__init__, "compiled")
lark.Lark.parse = counting(lark.Lark.parse, "parsed")
import nbformat

v4 = nbformat.v4
nbformat.validate(v4.new_notebook(cells=[v4.new_code_cell("1"), v4.new_markdown_cell("[a](http://example.com/%C3%A9)")]))
print("rfc3987_syntax" in sys.modules, counts)
PY
{
    "$folder/venv/bin/python" "$folder/count.py"
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'jsonschema[format-nongpl]==4.26.0' rfc3987-syntax==1.1.0
    "$folder/venv/bin/python" "$folder/count.py"
} > "$folder/seen"
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
False {'compiled': 0, 'parsed': 0}
True {'compiled': 39, 'parsed': 0}
SEEN
