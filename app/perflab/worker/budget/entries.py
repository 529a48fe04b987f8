"""The file beside a test file: for each entry the pinned number of queries, and the queries themselves.

    ["book-list"]
    queries = 4
    sql = [
        "1 x SELECT ... FROM books_book ORDER BY title",
        "3 x SELECT ... FROM books_author WHERE id = ?",
    ]

Entries and queries are sorted, one query a line, so that two branches seldom change the same lines.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perflab.errors import InputError
from perflab.units import listed

SUFFIX = ".budget.toml"
DEFAULT = "default"
HEADING = "# Queries of each endpoint, pinned by perflab_budget. `pytest --perflab-budget=update` writes this file.\n"
_LINE = re.compile(r"(.+?) x (.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry pins.

    Attributes:
        queries: The number of queries of each alias, or their formula: `5`, `2 + rows`.
        sql: How often each query is sent, by its text: `3`, `rows`. It explains the numbers and decides nothing.
    """

    queries: Mapping[str, str]
    sql: Mapping[str, str]

    def total(self) -> str:
        """Return the numbers as a sentence has them: `5`, or `3 (default) and 2 (replica)`."""
        if set(self.queries) <= {DEFAULT}:
            return self.queries.get(DEFAULT, "0")
        return listed([f"{number} ({alias})" for alias, number in sorted(self.queries.items())])


def file_of(test_file: Path) -> Path:
    """Return the file with the entries of a test file: test_books.budget.toml beside test_books.py."""
    return test_file.with_name(test_file.stem + SUFFIX)


def read(file: Path) -> dict[str, Entry]:
    """Return the entries of a file; none where there is no file.

    Raises:
        InputError: It cannot be read, or is not of the form that this module writes.
    """
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"not TOML: {error}", where=str(file), hint="is it a merge conflict?") from error
    return {name: _entry(name, value, file) for name, value in data.items()}


def _entry(name: str, value: Any, file: Path) -> Entry:
    queries, sql = (value.get("queries"), value.get("sql", [])) if isinstance(value, dict) else (None, [])
    by_alias = queries if isinstance(queries, dict) else {DEFAULT: queries}
    lines = [_LINE.fullmatch(str(line)) for line in sql] if isinstance(sql, list) else [None]
    if not all(type(number) in (int, str) for number in by_alias.values()) or not all(lines):
        raise InputError(
            f"the entry {name!r} is malformed", where=str(file),
            hint="remove it, and write it again with --perflab-budget=update",
        )  # fmt: skip
    return Entry({alias: str(number) for alias, number in by_alias.items()}, {m[2]: m[1] for m in lines if m})


def text_of(entries: Mapping[str, Entry]) -> str:
    """Return entries as the text of their file."""
    return "\n".join([HEADING, *(_text(name, entry) for name, entry in sorted(entries.items()))])


def _text(name: str, entry: Entry) -> str:
    numbers = {alias: n if n.isdecimal() else _quoted(n) for alias, n in sorted(entry.queries.items())}
    if set(numbers) == {DEFAULT}:
        queries = numbers[DEFAULT]
    else:
        queries = f"{{{', '.join(f'{_quoted(alias)} = {n}' for alias, n in numbers.items())}}}"
    lines = "".join(f"    {_quoted(f'{number} x {sql}')},\n" for sql, number in sorted(entry.sql.items()))
    return f"[{_quoted(name)}]\nqueries = {queries}\nsql = [{f'{chr(10)}{lines}' if lines else ''}]\n"


def _quoted(text: str) -> str:
    """Return a TOML string: as JSON's, where all is printable."""
    return json.dumps(text, ensure_ascii=False)


def change(file: Path, new: Mapping[str, Entry], gone: Iterable[str] = ()) -> None:
    """Write new entries into a file, whatever other processes write there meanwhile.

    Args:
        file: The file. It is removed where no entry is left.
        new: The entries.
        gone: The names of entries to remove.

    Raises:
        InputError: The file cannot be read or written.
    """
    try:
        with _locked(file.parent):
            entries = {name: entry for name, entry in read(file).items() if name not in set(gone)} | dict(new)
            if entries:
                _replace(file, text_of(entries))
            else:
                file.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {file}: {error.strerror or error}", hint="may you write there?") from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder itself: a lock file would have to be ignored by git."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(file: Path, text: str) -> None:
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o666 & ~_umask()
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with open(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(name, mode)
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
