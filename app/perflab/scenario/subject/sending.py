"""What a project's process sends to the lab: values that the lab can read without the project's packages.

A setting may hold whatever a project likes: a class of its own, a translated text, a lambda. The lab seldom looks at those, and
gives some of them back to workers. So they travel sealed, and are themselves again where the project is.
"""

from __future__ import annotations

import copyreg
import datetime as dt
import io
import pickle
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

# Modules whose values are the same in every Python; of others only the project's process knows.
PLAIN_MODULES = frozenset({"perflab", "datetime", "decimal", "uuid", "ipaddress", "fractions", "re"})
BUILT_IN: tuple[Any, ...] = (str, bytes, int, float, list, tuple, set, frozenset, dict)
MAX_TEXT = 80
PROTOCOL = 4  # of Python 3.4 and later
# How the lab makes what stands for values of other kinds; each returns NotImplemented for a value of none of its own.
REDUCERS: list[Callable[[Any], Any]] = []


def opened(data: bytes) -> Any:
    """Return a value that was sealed."""
    return pickle.loads(data)


def path_of(text: str) -> Path:
    """Return a path, whose class has had several names."""
    return Path(text)


class Sealed:
    """A value that only the project's process can read. Pickled again, it is the value itself.

    Args:
        text: What it looks like.
        name: Its name, if it is a class or a function.
        data: The pickled value; None for one that cannot be pickled.
    """

    def __init__(self, text: str, name: str, data: bytes | None) -> None:
        self.text = text
        self.data = data
        self.__qualname__ = name

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to read the value."""
        if self.data is None:
            raise pickle.PicklingError(f"{self.text} cannot be given to another process")
        return opened, (self.data,)

    def __copy__(self) -> Sealed:
        """Return the value itself: it cannot change."""
        return self

    def __deepcopy__(self, memo: object) -> Sealed:
        """Return the value itself: it cannot change."""
        return self

    def __eq__(self, other: object) -> bool:
        """Whether both are the same value, as far as it can be told from outside."""
        return isinstance(other, Sealed) and (self.text, self.data) == (other.text, other.data)

    def __hash__(self) -> int:
        """Return the hash of what `__eq__` compares."""
        return hash((self.text, self.data))

    def __repr__(self) -> str:
        """Return what the value looks like where it is."""
        return self.text


class Portable(pickle.Pickler):
    """Pickles so that another version of Python can read it."""

    def reducer_override(self, value: Any) -> Any:
        """Return how a value is made again; NotImplemented leaves that to pickle."""
        return (path_of, (str(value),)) if isinstance(value, PurePath) else NotImplemented


class Sender(Portable):
    """Pickles what the lab can read, and seals all else."""

    def reducer_override(self, value: Any) -> Any:
        """Return how a value is made again; NotImplemented leaves that to pickle."""
        for reducer in REDUCERS:
            if (reduced := reducer(value)) is not NotImplemented:
                return reduced
        if (reduced := super().reducer_override(value)) is not NotImplemented:
            return reduced
        if isinstance(value, dt.datetime) and value.tzinfo and _module(type(value.tzinfo)) not in PLAIN_MODULES:
            return value.astimezone(dt.timezone.utc).__reduce__()  # noqa: UP017 - Python 3.10 has no datetime.UTC
        if callable(value):
            if _module(value) in PLAIN_MODULES | {"builtins"}:
                return NotImplemented
        elif _module(type(value)) in PLAIN_MODULES:
            return NotImplemented
        else:
            for plain in BUILT_IN:
                if isinstance(value, plain):  # of a class derived from it
                    return plain, (plain.__str__(value) if plain is str else plain(value),)
        return Sealed, (_text(value), str(getattr(value, "__qualname__", "")), _data(value))


def _module(value: Any) -> str:
    return str(getattr(value, "__module__", None)).partition(".")[0]


def _text(value: Any) -> str:
    try:
        return repr(value)[:MAX_TEXT]
    except Exception:  # a translated text, before there are translations
        return f"a {type(value).__name__}"


def _data(value: Any) -> bytes | None:
    try:
        return pickle.dumps(value)
    except Exception:  # pickling can fail in any way
        return None


def dumps(value: Any) -> bytes:
    """Return a value as bytes that `pickle.loads` reads in a process without the project."""
    return _dumped(value, Sender)


def portable(value: Any) -> bytes:
    """Return a value as bytes that `pickle.loads` reads in another version of Python, which has the project."""
    return _dumped(value, Portable)


def _dumped(value: Any, pickler: type[pickle.Pickler]) -> bytes:
    written = io.BytesIO()
    own = pickler(written, protocol=PROTOCOL)
    # What a package registers for all, as tblib does for each exception (Dask 2026.8 and Django's tests install it), makes
    # values that only that package can read again.
    own.dispatch_table = {
        kind: reduce
        for kind, reduce in copyreg.dispatch_table.items()
        if _module(reduce) in (*PLAIN_MODULES, "copyreg")
    }
    own.dump(value)
    return written.getvalue()
