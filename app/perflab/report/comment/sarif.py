"""Findings that have a line of code, as SARIF 2.1.0: what code scanning of GitHub, and editors, show beside the line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from perflab.analysis.places import is_of_the_project
from perflab.analysis.profile import remaining
from perflab.report.comment.escaping import clean
from perflab.run.cells import ALL
from perflab.run.metrics import in_words
from perflab.run.scenario import endpoint_weights
from perflab.run.store import Run
from perflab.run.summary import Summary
from perflab.units import percent, seconds

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
HEAVY_LINE = "heavy_line"
# A line that takes less of an endpoint's time is not worth a mark beside it.
MIN_SHARE = 0.1
MAX_RESULTS = 5_000  # GitHub reads no more of one run
_SOURCE = re.compile(r"(?P<path>[^:\s][^:]*):(?P<line>[1-9]\d{0,6}) (?P<function>.*)")


def sarif(summary: Summary, run: Run, version: str, folder: str = "") -> dict[str, Any]:
    """Return the log file as plain data; without findings that have a line, its results are empty.

    Args:
        summary: The run's summary.
        run: The run.
        version: That of perflab.
        folder: The project's folder in its repository, where that is not the repository's root.
    """
    results = list(_results(summary, run, folder))[:MAX_RESULTS]
    rules = sorted({result["ruleId"] for result in results})
    for result in results:
        result["ruleIndex"] = rules.index(result["ruleId"])
    driver = {
        "name": "perflab",
        "version": version,
        "rules": [{"id": rule, "shortDescription": {"text": in_words(rule)}} for rule in rules],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _results(summary: Summary, run: Run, folder: str) -> Iterator[dict[str, Any]]:
    for finding in summary.findings:
        location = location_of(finding.example.get("source"), folder)
        if location is not None:
            yield _result(finding.kind, LEVELS[finding.severity], finding.sentence, location, finding.example["source"])
    for row in remaining(run.profile, run.samples, endpoint_weights(run.scenario)):
        for line in row["lines"] if row["endpoint"] != ALL else ():
            location = location_of(line["source"], folder)
            share = line["seconds"] / row["service_s"] if row["service_s"] else 0.0
            if location is not None and share >= MIN_SHARE:
                text = f"{row['endpoint']} spends {percent(share, 0)} of its time here, {seconds(line['seconds'])} of a request."
                yield _result(HEAVY_LINE, "note", text, location, line["source"])


def location_of(source: object, folder: str = "") -> dict[str, Any] | None:
    """Return where a line of the project is; None for code of others, and for what is no path within the repository.

    Args:
        source: `path:line function`, as a run records it.
        folder: The project's folder in its repository.
    """
    match = _SOURCE.match(source) if isinstance(source, str) and is_of_the_project(source) else None
    if match is None:
        return None
    path = PurePosixPath(folder, match["path"])
    if path.is_absolute() or ".." in path.parts or not path.parts:
        return None
    place = {"uri": quote(str(path)), "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": place, "region": {"startLine": int(match["line"])}}}


def _result(rule: str, level: str, sentence: str, location: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return a result; what recognises it in the next run is the function, not the line, which moves."""
    function = re.sub(r":\d+ ", " ", source, count=1)
    fingerprint = hashlib.sha256(f"{rule} {function}".encode()).hexdigest()
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": _message(sentence)},
        "locations": [location],
        "partialFingerprints": {"perflab/v1": fingerprint},
    }


def _message(sentence: str) -> str:
    """Return a sentence as a message of SARIF, in which brackets and braces are links and arguments."""
    return re.sub(r"([\[\]\\])", r"\\\1", clean(sentence, 1_000)).replace("{", "{{").replace("}", "}}")
