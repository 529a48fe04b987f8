"""The ledger of predictions: what runs predicted, and what production showed. One line of JSON each, which is never changed.

A deployment is confirmed once: the same run, contrast and files of production have one line, however often they are compared,
so that nobody looks until it fits. A line is appended by a single write under a lock. What a crash or a full disk leaves of
one is no line: the next one begins on its own, and the reader tells how many it could not read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from perflab.errors import StoreError

NAME = "predictions.jsonl"
VERSION = 1
# What makes a line one of its own.
KEY = ("scenario", "run_id", "contrast", "before", "after")
PATIENCE_S = 10.0


def read(reports: Path) -> tuple[list[dict[str, Any]], int]:
    """Return the lines of the ledger, oldest first, and how many cannot be read.

    Args:
        reports: The folder of all runs.

    Raises:
        StoreError: The file cannot be read.
    """
    try:
        content = (reports / NAME).read_bytes()
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        raise StoreError(f"cannot read {reports / NAME}: {error.strerror or error}") from error
    records, unreadable = [], 0
    for line in content.splitlines():
        if line.strip():
            record = _record(line)
            if record is None:
                unreadable += 1
            else:
                records.append(record)
    return records, unreadable


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and record.get("schema") == VERSION else None


def append(reports: Path, record: Mapping[str, Any]) -> bool:
    """Add a line, unless there is one with the same key; return whether it was added.

    Args:
        reports: The folder of all runs.
        record: The line, with everything in KEY.

    Raises:
        StoreError: The file cannot be written, or another process does not release it.
    """
    path = reports / NAME
    line = json.dumps({"schema": VERSION, **record}, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        reports.mkdir(parents=True, exist_ok=True)
        with FileLock(reports / f".{NAME}.lock", timeout=PATIENCE_S):
            records, _ = read(reports)
            if any(all(each.get(name) == record[name] for name in KEY) for each in records):
                return False
            _append(path, line.encode())
    except Timeout as error:
        raise StoreError(f"cannot write {path}: another process holds it", hint="try again") from error
    except OSError as error:
        hint = "make room or choose another folder"
        raise StoreError(f"cannot write {path}: {error.strerror or error}", hint=hint) from error
    return True


def _append(path: Path, line: bytes) -> None:
    """Write a line at the end, all of it or nothing."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(file).st_size
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        content = b"\n" + line if torn else line
        try:
            if os.write(file, content) < len(content):
                raise OSError("the disk is full")
            os.fsync(file)
        except OSError:
            os.ftruncate(file, size)
            raise
    finally:
        os.close(file)
