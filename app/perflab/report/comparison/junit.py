"""The gate's outcome as JUnit XML, which every CI system reads: one case per gate check and claim."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from perflab.analysis.gate.check import GateCheck

# What XML 1.0 cannot represent, not even escaped; a scenario or an error message may contain any of it.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(checks: Sequence[GateCheck], scenario: str, notes: Sequence[str] = ()) -> str:
    """Return a whole file. Worse is a failure, inconclusive is skipped; the sentence is the message, and is in system-out.

    Args:
        checks: The gate's checks.
        scenario: The scenario's name.
        notes: Lines for the suite's system-out.
    """
    failures, skipped = (sum(b.verdict == word for b in checks) for word in ("worse", "inconclusive"))
    counts = {"tests": str(len(checks)), "failures": str(failures), "errors": "0", "skipped": str(skipped)}
    root = ElementTree.Element("testsuites", {"name": "perflab gate", **counts})
    suite = ElementTree.SubElement(root, "testsuite", {"name": _written(f"perflab gate {scenario}"), **counts})
    for check in checks:
        place = {"classname": _written(f"perflab.{scenario}.{check.kind}"), "name": _written(check.name)}
        case = ElementTree.SubElement(suite, "testcase", place)
        message = {"message": _written(check.sentence)}
        if check.verdict == "worse":
            ElementTree.SubElement(case, "failure", {**message, "type": check.kind}).text = _written(check.sentence)
        elif check.verdict == "inconclusive":
            ElementTree.SubElement(case, "skipped", message)
        ElementTree.SubElement(case, "system-out").text = _written(check.sentence)
    if notes:
        ElementTree.SubElement(suite, "system-out").text = _written("\n".join(notes))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _written(text: str) -> str:
    """A text without what XML cannot represent; ElementTree escapes the rest."""
    return UNWRITABLE.sub("", text)
