"""What a run says of a change, as plain records that survive a file: one job may measure, and another one comment.

The job that comments runs with a token, and what it reads comes from a job that ran the pull request's code. So `Changes.of`
takes nothing on trust: every key, type and size is checked, and the text is made into markup only afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

from perflab.errors import InputError

Verdict = Literal["worse", "changed", "undecided", "expected", "better"]
Pace = Literal["slower", "faster", "same", "undecided", "not measured"]
Measure = Literal["mean", "typical", "cpu"]
Subject = Literal["pull request", "run", "switches"]
WORST_FIRST: tuple[Verdict, ...] = get_args(Verdict)

SCHEMA = 1
MAX_TEXT = 2_000
MAX_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed, or that could not be decided.

    Attributes:
        what: What it is about: an endpoint's name, or the name of a check.
        verdict: Whether it is worse, better, only different, undecided, or as the scenario expects it.
        sentence: The figures, in words.
        line: The line of code that is responsible, `path:line function`; None where none is known.
    """

    what: str
    verdict: Verdict
    sentence: str
    line: str | None = None


@dataclass(frozen=True, slots=True)
class TimeChange:
    """The change of the time of all requests: a ratio, after / before, with its interval; None where it is unknown.

    Attributes:
        pace: The verdict.
        margin: The relative change below which times count as the same.
        ratio: The estimate.
        low: The lower end of its interval.
        high: The upper end.
        measure: What the ratio is of: the mean service time, that of a typical request, or the CPU time.
    """

    pace: Pace = "not measured"
    margin: float = 0.02
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    measure: Measure = "mean"


@dataclass(frozen=True, slots=True)
class Changes:
    """All that a comment says.

    Attributes:
        subject: What made the difference: a pull request, the run (as compared with an earlier one), or its switches.
        scenario: The scenario's name.
        run_id: The run's name.
        before: The revision, run or cell that is compared with.
        after: The revision, run or cell that is compared.
        responses: How many responses differ; None where none could be compared.
        query_counts: How many endpoints make another number of queries; None where none could be compared.
        time: The time of all requests.
        rows: What changed or is undecided, worst first.
        notes: What else a reader has to know, a sentence each.
    """

    subject: Subject
    scenario: str
    run_id: str
    before: str
    after: str
    responses: int | None
    query_counts: int | None
    time: TimeChange
    rows: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_worse(self) -> bool:
        """Whether something is worse, or a response changed that was not expected to."""
        return any(row.verdict in ("worse", "changed") for row in self.rows)

    @property
    def changed(self) -> bool:
        """Whether anything changed: what is only undecided did not."""
        return any(row.verdict != "undecided" for row in self.rows)

    def as_dict(self) -> dict[str, Any]:
        """Return the record as a JSON file holds it."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def of(cls, data: object) -> Self:
        """Return the record that a JSON file holds.

        Args:
            data: The file's content, whoever wrote it.

        Raises:
            InputError: It is not what `as_dict` returns.
        """
        content = _mapping(data, {"schema", *_names(cls)})
        if content["schema"] != SCHEMA:
            raise _invalid("schema", f"is not {SCHEMA}")
        time = _mapping(content["time"], _names(TimeChange))
        rows = [_mapping(row, _names(Change)) for row in _list("rows", content["rows"])]
        return cls(
            subject=_word("subject", content["subject"], Subject),
            scenario=_text("scenario", content["scenario"]),
            run_id=_text("run_id", content["run_id"]),
            before=_text("before", content["before"]),
            after=_text("after", content["after"]),
            responses=_count("responses", content["responses"]),
            query_counts=_count("query_counts", content["query_counts"]),
            time=TimeChange(
                _word("pace", time["pace"], Pace),
                _number("margin", time["margin"]) or 0.0,
                _number("ratio", time["ratio"]),
                _number("low", time["low"]),
                _number("high", time["high"]),
                _word("measure", time["measure"], Measure),
            ),
            rows=worst_first(
                Change(
                    _text("what", row["what"]),
                    _word("verdict", row["verdict"], Verdict),
                    _text("sentence", row["sentence"]),
                    None if row["line"] is None else _text("line", row["line"]),
                )
                for row in rows
            ),
            notes=tuple(_text("notes", note) for note in _list("notes", content["notes"])),
        )


def worst_first(rows: Iterable[Change]) -> tuple[Change, ...]:
    """Return changes in the order of their verdicts, otherwise as they come."""
    return tuple(sorted(rows, key=lambda row: WORST_FIRST.index(row.verdict)))


def _names(kind: type[Any]) -> set[str]:
    return {each.name for each in fields(kind)}


def _invalid(name: str, how: str) -> InputError:
    return InputError(
        f"the file does not hold what changed: {name} {how}", hint="write it with `perflab comment --json`"
    )


def _mapping(data: object, names: set[str]) -> Mapping[str, Any]:
    if not isinstance(data, dict) or set(data) != names:
        raise _invalid("an object", f"does not have exactly the keys {', '.join(sorted(names))}")
    return data


def _list(name: str, value: object) -> Sequence[object]:
    if not isinstance(value, list) or len(value) > MAX_ROWS:
        raise _invalid(name, f"is not a list of at most {MAX_ROWS:,}")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise _invalid(name, f"is not a text of at most {MAX_TEXT:,} characters")
    return value


def _word(name: str, value: object, kind: Any) -> Any:
    if value not in get_args(kind) or not isinstance(value, str):
        raise _invalid(name, f"is not one of {', '.join(get_args(kind))}")
    return value


def _count(name: str, value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**12):
        return value
    raise _invalid(name, "is not a count")


def _number(name: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1e12 and math.isfinite(value):
        return float(value)
    raise _invalid(name, "is not a number from 0 up")
