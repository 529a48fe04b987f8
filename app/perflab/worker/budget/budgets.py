"""What the fixture `perflab_budget` gives to a test."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import pytest

from perflab.errors import InputError
from perflab.units import listed
from perflab.worker.budget.difference import difference
from perflab.worker.budget.entries import DEFAULT, Entry, file_of
from perflab.worker.budget.formula import fitted
from perflab.worker.budget.recording import Recording, forget_rows_of_the_process, recorded
from perflab.worker.budget.session import CHECK, UPDATE, Session
from perflab.worker.budget.shapes import printable, shape

# Uneven steps, so that queries in batches lie on no line; few rows, so that they fit on the first page of a list.
SIZES = (2, 3, 5)
MAX_NAME = 200


class Budgets:
    """Pin the number of queries of blocks of code, in the file beside the test file.

    Args:
        session: The run of pytest.
        test: The node id of the test.
        file: The test file.
        variant: The id of the test's parameters; empty without any.
    """

    def __init__(self, session: Session, test: str, file: Path, variant: str = "") -> None:
        self._session = session
        self._test = test
        self.file = file_of(file)
        self._variant = variant
        self.new: dict[str, Entry] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Fail the test unless the block sends exactly as many queries as are pinned under a name.

        Transactions are not counted. A block that raises pins nothing.
        """
        key = self._key(name)
        forget_rows_of_the_process()
        with recorded(self._session.root) as recording:
            yield
        self._check(key, {0: recording})

    def growth(
        self, name: str, *, rows: Callable[[int], object], request: Callable[[], object], sizes: Sequence[int] = SIZES
    ) -> None:
        """Fail the test unless the queries of a request grow with the number of rows as is pinned under a name.

        The request is sent once more before the first one that counts: what a process loads once is not counted.

        Args:
            name: The entry's name, without `by rows`.
            rows: Called with a number: it makes so many further rows.
            request: Sends the request.
            sizes: The numbers of rows after which the queries are counted, at least three.
        """
        recordings: dict[int, Recording] = {}
        for size, further in self._steps(sizes):
            rows(further)
            if not recordings:
                request()
            with recorded(self._session.root) as recordings[size]:
                request()
        self._check_growth(name, recordings)

    async def agrowth(
        self,
        name: str,
        *,
        rows: Callable[[int], Awaitable[object]],
        request: Callable[[], Awaitable[object]],
        sizes: Sequence[int] = SIZES,
    ) -> None:
        """Do as `growth` with coroutines.

        Args:
            name: The entry's name, without `by rows`.
            rows: Called with a number: it makes so many further rows.
            request: Sends the request.
            sizes: The numbers of rows after which the queries are counted, at least three.
        """
        recordings: dict[int, Recording] = {}
        for size, further in self._steps(sizes):
            await rows(further)
            if not recordings:
                await request()
            with recorded(self._session.root) as recordings[size]:
                await request()
        self._check_growth(name, recordings)

    def _steps(self, sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield the number of rows at each step, and how many are to be made for it."""
        if len(sizes) < 3 or sizes[0] < 0 or any(b <= a for a, b in pairwise(sizes)):
            _fail(f"perflab_budget: sizes are at least three rising numbers of rows, such as {SIZES}, not {sizes}")
        for before, size in zip((0, *sizes), sizes, strict=False):
            yield size, size - before

    def _key(self, name: object) -> str:
        if not isinstance(name, str) or not name.strip() or name != printable(name, MAX_NAME):
            _fail(f"perflab_budget: a name is text on one line of at most {MAX_NAME} characters, not {name!r:.80}")
        return f"{name}[{printable(self._variant, MAX_NAME)}]" if self._variant else name

    def _check_growth(self, name: str, recordings: Mapping[int, Recording]) -> None:
        self._check(f"{self._key(name)} by rows", recordings)

    def _check(self, key: str, recordings: Mapping[int, Recording]) -> None:
        """Hold what was recorded against the pinned entry: write it, compare it, or fail."""
        entry, sources = self._counted(key, recordings)
        session, file = self._session, self.file
        session.used[file].add(key)
        try:
            pinned = self.new.get(key) or session.new[file].get(key)
            of_this_run = pinned is not None
            pinned = pinned or (None if session.mode == UPDATE else session.entries(file).get(key))
        except InputError as error:
            _fail(str(error))
        if pinned is None:
            if session.mode == CHECK:
                _fail(f"{key} is not in {session.shown(file)}; write it with: {self._command()}")
            self.new[key] = entry
        elif pinned.queries != entry.queries:
            hint = (
                "another test of this run has the same name: give one of them a name of its own"
                if of_this_run
                else f"to accept it: {self._command()}"
            )
            _fail(f"{difference(key, pinned, entry, sources)}\n{hint}")
        elif pinned.sql != entry.sql and not of_this_run:
            session.reworded[file].add(key)

    def _command(self) -> str:
        return f"pytest --perflab-budget=update {shlex.quote(printable(self._test, 5 * MAX_NAME))}"

    def _counted(self, key: str, recordings: Mapping[int, Recording]) -> tuple[Entry, dict[str, list[str]]]:
        """Return the entry, and the project's lines by query."""
        totals = {size: recording.by_alias() for size, recording in recordings.items()}
        aliases = sorted(set().union(*totals.values()))
        prefixed = set(aliases) - {DEFAULT}
        texts: dict[int, Counter[str]] = {size: Counter() for size in recordings}
        sources: dict[str, Counter[str]] = defaultdict(Counter)
        for size, recording in recordings.items():
            for alias, sql, source in recording.queries:
                text = f"{alias}: {shape(sql)}" if prefixed else shape(sql)
                texts[size][text] += 1
                if source:
                    sources[text][source.split(" ")[0]] += 1
        queries = {}
        for alias in aliases or [DEFAULT]:
            numbers = {size: total[alias] for size, total in totals.items()}
            line = _formula(numbers)
            if line is None:
                _fail(self._on_no_line(key, numbers, texts))
            queries[alias] = line
        often = {text: _of(text, texts) for text in sorted(set().union(*texts.values()))}
        return Entry(queries, often), {
            text: [line for line, _ in lines.most_common()] for text, lines in sources.items()
        }

    @staticmethod
    def _on_no_line(key: str, numbers: Mapping[int, int], texts: Mapping[int, Counter[str]]) -> str:
        counts, rows = listed([str(n) for n in numbers.values()]), listed([str(size) for size in numbers])
        lines = [f"{key}: {counts} queries with {rows} rows are on no line a + b*rows; try sizes that fit on one page"]
        for text in sorted(set().union(*texts.values())):
            each = {size: texts[size][text] for size in texts}
            if _formula(each) is None:
                lines.append(f"  {listed([str(n) for n in each.values()])} x {text}")
        return "\n".join(lines)


def _formula(numbers: Mapping[int, int]) -> str | None:
    """Return a number of queries as text: the number itself of a block, the line of a growing request, None for none."""
    if len(numbers) == 1:
        return str(*numbers.values())
    line = fitted(numbers)
    return None if line is None else str(line)


def _of(text: str, texts: Mapping[int, Counter[str]]) -> str:
    numbers = {size: counts[text] for size, counts in texts.items()}
    return _formula(numbers) or "/".join(map(str, numbers.values()))


def _fail(message: str) -> NoReturn:
    pytest.fail(message, pytrace=False)


def of(request: Any, session: Session) -> Budgets:
    """Return the budgets of a test.

    Args:
        request: pytest's fixture request.
        session: The run of pytest.
    """
    callspec = getattr(request.node, "callspec", None)
    return Budgets(session, request.node.nodeid, request.node.path, callspec.id if callspec else "")
