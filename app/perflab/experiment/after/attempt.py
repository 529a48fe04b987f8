"""A pass comes after everything that was measured: where it fails, the run is as good as without it, and says why."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from perflab.errors import PerflabError
from perflab.run.writer import RunWriter


@contextmanager
def attempt(writer: RunWriter, name: str) -> Iterator[None]:
    """Note in run.json why a pass failed, and go on. Ctrl-C is no failure: it ends the run as ever."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, PerflabError):
            traceback.print_exc()
        why = str(error) if isinstance(error, PerflabError) else f"{type(error).__name__}: {error}"
        failed = writer.meta.get("failed_passes") or {}
        writer.save_meta(failed_passes={**failed, name: " ".join(why.split())})
