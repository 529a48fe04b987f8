"""What a project's values are when they reach a process without the project."""

from __future__ import annotations

import copy
import copyreg
import datetime as dt
import pickle
import re
import subprocess
import sys
import uuid
from collections import OrderedDict, namedtuple
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from perflab.errors import InputError
from perflab.scenario.endpoint_params import RowField
from perflab.scenario.subject.boot import __file__ as boot_file
from perflab.scenario.subject.sending import Sealed, dumps, portable

APP = Path(boot_file).parents[3]
Pair = namedtuple("Pair", "first second")


class Level(IntEnum):
    HIGH = 3


class Own:
    """A class of the project's."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own) and other.number == self.number

    def __hash__(self) -> int:
        return self.number


class FixedZone(dt.tzinfo):
    def utcoffset(self, moment: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(hours=2)

    def tzname(self, moment: dt.datetime | None) -> str:
        return "fixed"

    def dst(self, moment: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(0)


def own_function() -> int:
    return 7


def sent(value: Any) -> Any:
    return pickle.loads(dumps(value))


MOMENT = dt.datetime(2025, 10, 20, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, (2.5, None), {"b"}], "c": b"x"}, uuid.UUID(int=5), Decimal("1.50"), MOMENT, dt.timedelta(days=1),
        MOMENT.astimezone(ZoneInfo("Europe/Berlin")), RowField("a.B", "a.C", "", "pk"), range, frozenset({1}),
    ],
)  # fmt: skip
def test_plain_values_are_as_they_were(value: Any) -> None:
    assert sent(value) == value
    assert type(sent(value)) is type(value)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (OrderedDict(a=1), {"a": 1}), (Pair(1, "x"), (1, "x")), (Level.HIGH, 3), (mark_safe("<b>"), "<b>"),
        (MOMENT.astimezone(FixedZone()), MOMENT),
    ],
)  # fmt: skip
def test_values_of_derived_classes_are_plain(value: Any, plain: Any) -> None:
    assert sent(value) == plain
    assert type(sent(value)) is type(plain)


def test_paths_and_errors_arrive() -> None:
    assert sent(Path("/a/b")) == Path("/a/b")
    error = sent(InputError("what", where="here", hint="try"))
    assert isinstance(error, InputError)
    assert str(error) == "here: what; try"


def test_no_class_of_a_path_is_named_in_what_is_sent() -> None:
    """Python 3.13 has it in a module that others lack."""
    for data in (portable({"MEDIA_ROOT": Path("/a/b")}), dumps(Path("/a/b"))):
        assert b"PosixPath" not in data
    assert pickle.loads(portable({"MEDIA_ROOT": Path("/a/b"), "own": Own(3)})) == {
        "MEDIA_ROOT": Path("/a/b"), "own": Own(3),
    }  # fmt: skip


@pytest.mark.parametrize("value", [Own, Own(3), own_function, gettext_lazy("Yes"), Level])
def test_what_only_the_project_has_is_sealed_and_itself_again_where_it_is(value: Any) -> None:
    here = sent({"setting": [value]})["setting"][0]
    assert isinstance(here, Sealed)
    assert sent(here) == value, "sent to another process of the project, it is what it was"
    assert pickle.loads(pickle.dumps(here)) == value
    assert copy.deepcopy(here) is here
    assert here == sent(value)


def test_a_sealed_value_is_read_without_the_projects_modules(tmp_path: Path) -> None:
    (tmp_path / "sealed").write_bytes(dumps({"own": Own(3), "number": 1}))
    code = (
        "import pickle, sys; value = pickle.load(open(sys.argv[1], 'rb'));"
        " print(value['number'], type(value['own']).__name__, 'tests' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "sealed")],
        capture_output=True, text=True, check=True, cwd=tmp_path, env={"PYTHONPATH": str(APP)},
    )  # fmt: skip
    assert ran.stdout.split() == ["1", "Sealed", "False"]


def test_what_cannot_be_pickled_arrives_and_goes_nowhere_else() -> None:
    here = sent({"KEY_FUNCTION": lambda key: key, "lock": sys.modules[__name__]})
    assert "<lambda>" in here["KEY_FUNCTION"].__qualname__, "by which a cell knows that it has to look it up by itself"
    with pytest.raises(pickle.PicklingError, match="cannot be given to another process"):
        dumps(here["lock"])


def _made_again(text: str) -> InputError:
    return InputError(text)


def test_what_a_package_registers_for_all_does_not_reach_the_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """As tblib 3.2 does for every exception: it would be made again by a function that the lab does not have."""
    monkeypatch.setitem(copyreg.dispatch_table, InputError, lambda error: (_made_again, (error.what,)))
    assert b"_made_again" in pickle.dumps(InputError("x"))
    for sent in (dumps(InputError("x")), portable(InputError("x"))):
        assert b"_made_again" not in sent and pickle.loads(sent).what == "x"
    plain = [re.compile("a+"), 1j]
    assert pickle.loads(portable(plain)) == plain, "what Python itself registers stays"
