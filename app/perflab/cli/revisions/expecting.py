"""What a text says that a change is meant to change: lines `expect: {slower: [export]}`, as in the text of a pull request."""

from __future__ import annotations

import re
from pathlib import Path

from perflab.errors import InputError
from perflab.scenario.source import scalar

# Whether it stands alone, in a list, a quotation or between backticks.
LINE = re.compile(r"^[\s>*+-]*`?\s*(?:perflab\s+)?expect:\s*(\{.*\})\s*`?\s*$", re.IGNORECASE)
# GitHub's own limit of a pull request's text is 65,536 characters.
MOST_BYTES = 1_000_000


def expected_in(path: Path) -> dict[str, list[str]]:
    """Return what a text expects, by the keys of a scenario's `expect`; without such a line, nothing.

    Args:
        path: The file with the text.

    Raises:
        InputError: The file cannot be read, or a line is no mapping of lists; the endpoints are checked with the scenario.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", hint="name a file with the text") from None
    expected: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = LINE.match(line)
        if match is None:
            continue
        where, hint = f"{path}:{number}", "write it as `expect: {slower: [export]}`"
        try:
            mapping = scalar(match[1])
        except InputError as error:
            raise InputError(error.what, where=where, hint=hint) from None
        for key, names in mapping.items():
            listed = names if isinstance(names, list) else [names]
            if not all(isinstance(name, str) for name in listed):
                raise InputError(f"{key} is not a list of endpoints", where=where, hint=hint)
            expected[str(key)] = [*expected.get(str(key), []), *listed]
    return expected
