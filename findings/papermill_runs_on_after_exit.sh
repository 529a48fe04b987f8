#!/usr/bin/env bash
# papermill 2.7.0 with ipykernel 7.4.0: exit() in a cell ends nothing; the lines after it run, and the run succeeds.
#
# `if failed: exit()` is how a script stops before it publishes. In a kernel `exit` is another object, which only asks the
# front end to close, and papermill ignores that: the rest of the same cell runs, then all later cells, and each of them is
# "completed". One would expect SystemExit, which sys.exit() does raise here: sys.exit(1) ends the run with an error, and
# sys.exit(0) ends it without one: execute_notebook returns with that cell "failed" and the later ones "pending".
# A notebook that checks something should raise an exception.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check papermill==2.7.0 ipykernel==7.4.0
JUPYTER_PREFER_ENV_PATH=1 "$folder/venv/bin/python" - "$folder" > "$folder/seen" 2> "$folder/log" <<'PY'
import sys

import nbformat
import papermill

for leave in ("exit()", "import sys; sys.exit(1)", "import sys; sys.exit(0)"):
    sources = (f"print('checked')\n{leave}\nprint('published')", "print('sent')")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, f"{sys.argv[1]}/notebook.ipynb")
    try:
        done = papermill.execute_notebook(f"{sys.argv[1]}/notebook.ipynb", f"{sys.argv[1]}/done.ipynb", progress_bar=False)
    except papermill.PapermillExecutionError as error:
        print(f"{leave}: {type(error).__name__}, {error.ename}")
        continue
    print(f"{leave}: no error")
    for cell in done.cells[-2:]:
        text = "".join(output.text for output in cell.outputs if output.get("name") == "stdout")
        print("   ", cell.metadata.papermill.status, text.split())
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
exit(): no error
    completed ['checked', 'published']
    completed ['sent']
import sys; sys.exit(1): PapermillExecutionError, SystemExit
import sys; sys.exit(0): no error
    failed ['checked']
    pending []
SEEN
