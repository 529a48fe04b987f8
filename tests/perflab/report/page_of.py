"""The page of a run without executing a notebook: its sections, in a notebook made by hand."""

from __future__ import annotations

from pathlib import Path

import nbformat

from perflab import report
from perflab.run.store import Run


def write(run: Run, *, charts: bool = True) -> Path:
    """Write summary.html as the executed notebook would make it; drawing the charts takes 2 s."""
    v4 = nbformat.v4
    notebook = v4.new_notebook()
    notebook.cells = [v4.new_markdown_cell("# For analysts", metadata={"tags": ["notebook-only"]})]
    page = report.page(run)
    names = page.names() if charts else ("verdict", "limitations", "claims", "method", "provenance")
    for section in (page[name] for name in names):
        data = {"text/html": section._repr_html_(), "text/plain": repr(section)}
        output = v4.new_output("execute_result", data=data, execution_count=1)
        warning = v4.new_output("stream", name="stderr", text="a warning in /home/somebody")
        notebook.cells.append(v4.new_code_cell("page[name]", outputs=[warning, output]))
    path = run.directory / "notebooks" / "4_executive_summary.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, path)
    return report.write_page(run, path)
