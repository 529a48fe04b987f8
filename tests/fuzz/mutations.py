"""Bytes and data, changed at random. All randomness comes from the generator that is passed in."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

Data = Any

TEXTS = (
    "", " ", "\x00", "\x1b[31mred\x1b[0m", "\x9b2J", "a\nb", "a\r\nb", "\u2028", "\u202e", "\ufeff", "\ud800", "'",
    '"', "\\", "%s", "{0.__class__}", "{x}", "{{x}}", "{", "}", "{user_id}", "../../etc/passwd", "/", "//",
    "/{a}/{a}", "http://[::1", "<script>", "a" * 500, "é" * 90, "no", "on", "null", "0123", "12:30", "1e999", "١٢٣",
    "²", "_", "-", "__import__", "a.b:c", "os:getcwd", ":", "a:", "2025-13-45", "2025-10-20", "2025-10-20T10:00",
    "0001-01-01", "9999-12-31T23:59:59-23:59", "1%", "*", "&a", "!!int", "[", "(", "(a+)+$", "\t",
)  # fmt: skip
NUMBERS = (
    0, 1, -1, 2, 7, 0.5, -0.0, 1e-300, 1e300, 1e18, 2**31, 2**63, 2**64, 10**17, 10**18 - 1, -(10**18), 10**400, 3.14,
    True, False, None, float("inf"), float("nan"),
)  # fmt: skip
KEYS = (
    "title", "subject", "data", "traffic", "factors", "claims", "profiles", "name", "kind", "path", "params", "where",
    "as", "weight", "rows", "every", "from", "as_of", "scale", "rounds", "block", "replay_s", "auth", "body",
    "affects", "capacity", "precision", "prices", "<<", "", "\x1b", "__class__", "log", "entries", "request",
    "response", "url", "status",
)  # fmt: skip
LINES = (
    b"&a [*a]", b"a: &a {<<: *a}", b"<<: [*x]", b"? [a]\n: b", b"--- \n", b"...", b"%YAML 1.1\n---", b"[" * 5000,
    b"!!python/object:os.system x", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x00", b"\x1b[2J",
    b"\t- x", b"key: |\n", b"- - - -", b"{", b"]", b"'", b'"', b"#", b": :", b"a: b: c", b"&x x: *x",
    b"!<tag:yaml.org,2002:binary> x", b"- 0x" + b"f" * 40, b"- 1_000", b"\xe2\x80\xa8",
)  # fmt: skip


def value(random: Random) -> Data:
    """Return a value of any type; now and then one that is long or nested."""
    kind = random.randrange(10)
    if kind < 4:
        return random.choice(TEXTS)
    if kind < 7:
        return random.choice(NUMBERS)
    if kind == 7:
        return [value(random) for _ in range(random.randrange(4))]
    if kind == 8:
        return {random.choice(KEYS): value(random) for _ in range(random.randrange(4))}
    return nested(random.choice((3, 50, 110)), random.choice(TEXTS))


def nested(depth: int, inner: Data) -> Data:
    """Return a value inside so many lists."""
    for _ in range(depth):
        inner = [inner]
    return inner


def places(data: Data) -> list[tuple[Any, Any]]:
    """Return every container in the data with each of its keys or indexes."""
    every, waiting = [], [data]
    while waiting:
        container = waiting.pop()
        keys = (
            container if isinstance(container, dict) else range(len(container)) if isinstance(container, list) else ()
        )
        for key in keys:
            every.append((container, key))
            waiting.append(container[key])
    return every


def changed_data(data: Data, random: Random) -> Data:
    """Return a copy of data with one to three changes: a key dropped, renamed, added, swapped, or a value replaced."""
    data = copy.deepcopy(data)
    for _ in range(random.choice((1, 1, 2, 3))):
        every = places(data)
        if not every:
            return value(random)
        container, key = random.choice(every)
        random.choice(CHANGES)(container, key, every, random)
    return data


def _drop(container: Any, key: Any, every: list[tuple[Any, Any]], random: Random) -> None:
    del container[key]


def _replace(container: Any, key: Any, every: list[tuple[Any, Any]], random: Random) -> None:
    container[key] = value(random)


def _other_type(container: Any, key: Any, every: list[tuple[Any, Any]], random: Random) -> None:
    now = container[key]
    container[key] = random.choice((str(now), [now], {"a": now}, None, len(str(now))))


def _rename(container: Any, key: Any, every: list[tuple[Any, Any]], random: Random) -> None:
    container[random.choice((*KEYS, *TEXTS)) if isinstance(container, dict) else key] = (
        container.pop(key) if isinstance(container, dict) else container[key]
    )


def _add(container: Any, key: Any, every: list[tuple[Any, Any]], random: Random) -> None:
    if isinstance(container, dict):
        container[random.choice(KEYS)] = value(random)
    else:
        container.insert(key, copy.deepcopy(random.choice(container)))


def _from_elsewhere(container: Any, key: Any, every: list[tuple[Any, Any]], random: Random) -> None:
    other, name = random.choice(every)
    container[key] = copy.deepcopy(other[name])


CHANGES: tuple[Callable[[Any, Any, list[tuple[Any, Any]], Random], None], ...] = (
    _drop, _replace, _replace, _replace, _other_type, _rename, _add, _from_elsewhere,
)  # fmt: skip


def changed_bytes(text: bytes, random: Random) -> bytes:
    """Return a text with one to four changes of lines or of bytes."""
    for _ in range(random.choice((1, 1, 2, 4))):
        lines = text.split(b"\n")
        at, other = random.randrange(len(lines)), random.randrange(len(lines))
        kind = random.randrange(9)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[other])
        elif kind == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
            lines.insert(at, indent + random.choice(LINES))
        elif kind == 4:
            lines[at] = b" " * random.randrange(7) + lines[at].lstrip()
        elif kind == 5:
            lines[at] = random.choice(LINES).join(lines[at].split(b" ", random.randrange(4)))
        elif kind == 6:
            lines[at] = lines[at].replace(
                b": ", b": " + random.choice((b"&a ", b"*a ", b"!!str ", b"{<<: *a, ", b"[")), 1
            )
        elif kind == 7:
            word = random.choice(TEXTS).encode(errors="surrogatepass")
            begin = random.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:begin] + word + lines[at][begin + random.randrange(9) :]
        else:
            joined = b"\n".join(lines)
            begin = random.randrange(len(joined) + 1)
            lines = [joined[:begin] + bytes([random.randrange(256)]) + joined[begin + 1 :]]
        text = b"\n".join(lines)
    return text
