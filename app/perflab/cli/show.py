"""`perflab show`: one request of a saved run in a terminal, with its times in every cell, its queries, its plan and its cache."""

from __future__ import annotations

from perflab.explore.run import load


def show(endpoint: str | None, run: str = "latest", cell: str | None = None, *, changed: bool = False) -> str:
    """Return what a run recorded of one request, as text.

    Args:
        endpoint: The endpoint's name; None takes the one that gained least, or without factors the one that takes most time.
        run: A directory, a run_id or `latest`.
        cell: The cell to look at; None takes the one with everything on, or the only one.
        changed: Take the first request whose response differs from the baseline's, and not the slowest.

    Raises:
        InputError: There is no such run, endpoint or request.
    """
    text = repr(load(run).request(endpoint, cell, "changed" if changed else "slowest"))
    return "\n".join("".join(c if c.isprintable() else "?" for c in line) for line in text.split("\n"))
