"""The gate's outcome as JUnit XML, which every CI system reads: one case per budget and claim."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from perflab.analysis.gate.check import GateCheck

# What XML 1.0 has no way to write, not even escaped: a scenario's author or an error message may hold any of it.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(budgets: Sequence[GateCheck], scenario: str, notes: Sequence[str] = ()) -> str:
    """A whole file. Worse is a failure, inconclusive is skipped; the sentence is the message, and stands in system-out."""
    failures, skipped = (sum(b.verdict == word for b in budgets) for word in ("worse", "inconclusive"))
    counts = {"tests": str(len(budgets)), "failures": str(failures), "errors": "0", "skipped": str(skipped)}
    root = ElementTree.Element("testsuites", {"name": "perflab gate", **counts})
    suite = ElementTree.SubElement(root, "testsuite", {"name": _written(f"perflab gate {scenario}"), **counts})
    for budget in budgets:
        place = {"classname": _written(f"perflab.{scenario}.{budget.kind}"), "name": _written(budget.name)}
        case = ElementTree.SubElement(suite, "testcase", place)
        message = {"message": _written(budget.sentence)}
        if budget.verdict == "worse":
            ElementTree.SubElement(case, "failure", {**message, "type": budget.kind}).text = _written(budget.sentence)
        elif budget.verdict == "inconclusive":
            ElementTree.SubElement(case, "skipped", message)
        ElementTree.SubElement(case, "system-out").text = _written(budget.sentence)
    if notes:
        ElementTree.SubElement(suite, "system-out").text = _written("\n".join(notes))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _written(text: str) -> str:
    """Without what XML cannot hold; ElementTree escapes the rest."""
    return UNWRITABLE.sub("", text)
