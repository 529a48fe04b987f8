"""SARIF: what the schema requires, paths within the repository only, and messages that are text."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from perflab.report.comment.sarif import location_of, sarif
from tests.perflab import saved_run
from tests.perflab.analysis.test_profile import profile, samples, seen
from tests.perflab.summaries import summary_of

# The parts of the schema of SARIF 2.1.0 (OASIS, 2020) that concern what is written here: what it requires, and its types.
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LOCATION = {
    "type": "object",
    "required": ["artifactLocation", "region"],
    "properties": {
        "artifactLocation": {
            "required": ["uri", "uriBaseId"],
            "properties": {"uri": {"type": "string", "pattern": "^[^/:][^:]*$"}, "uriBaseId": {"const": "%SRCROOT%"}},
        },
        "region": {"required": ["startLine"], "properties": {"startLine": {"type": "integer", "minimum": 1}}},
    },
}
RESULT = {
    "required": ["message", "ruleId", "ruleIndex", "level", "locations"],
    "properties": {
        "message": TEXT,
        "level": {"enum": ["none", "note", "warning", "error"]},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "locations": {"type": "array", "minItems": 1, "items": {"properties": {"physicalLocation": LOCATION}}},
        "partialFingerprints": {"additionalProperties": {"type": "string"}},
    },
}
DRIVER = {
    "required": ["name"],
    "properties": {
        "rules": {"uniqueItems": True, "items": {"required": ["id"], "properties": {"shortDescription": TEXT}}}
    },
}
SCHEMA: dict[str, Any] = {
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "minItems": 1,
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {"required": ["driver"], "properties": {"driver": DRIVER}},
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": RESULT},
                },
            },
        },
    },
}


def log_of(*findings: dict[str, Any], profiled: Any = (), folder: str = "") -> dict[str, Any]:
    """The one run of a log file that is valid, of a summary with these findings."""
    run = saved_run.without_samples()
    run.__dict__.update(profile=profile(*profiled), samples=samples(list=(2.0, 5)))  # fills the cached properties
    log = sarif(summary_of(findings=findings), run, "1.2.3", folder)
    Draft7Validator(SCHEMA).validate(log)
    (content,) = log["runs"]
    return dict(content)


def finding(source: object, **more: Any) -> dict[str, Any]:
    return {
        "class": "repeated_query",
        "sentence": "It repeats.",
        "endpoint": "list",
        "example": {"source": source},
        **more,
    }


def test_a_finding_is_beside_its_line() -> None:
    content = log_of(finding("shop/views.py:12 index"))
    (result,) = content["results"]
    assert (result["ruleId"], result["level"], result["message"]) == (
        "repeated_query",
        "warning",
        {"text": "It repeats."},
    )
    place = result["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "shop/views.py", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 12},
    }  # fmt: skip
    assert content["tool"]["driver"]["rules"][result["ruleIndex"]] == {
        "id": "repeated_query", "shortDescription": {"text": "repeated query"},
    }  # fmt: skip


def test_severities_are_levels() -> None:
    findings = [finding("a.py:1 f", severity=severity) for severity in ("error", "warning", "info")]
    assert [result["level"] for result in log_of(*findings)["results"]] == ["error", "warning", "note"]


def test_heavy_lines_are_notes() -> None:
    lines = (("shop/views.py:12 index", 0.4), ("shop/views.py:13 index", 0.05))
    (result,) = log_of(profiled=seen("list", database=0.1, application=0.1, lines=lines))["results"]
    assert (result["ruleId"], result["level"]) == ("heavy_line", "note")
    assert result["message"]["text"] == "list spends 40% of its time here, 800 µs of a request."


@pytest.mark.parametrize(
    "source",
    [
        None, 7, "", "shop/views.py", "shop/views.py:x index", "shop/views.py:0 index", "/etc/passwd:1 root", "../up.py:1 f",
        "a/../../up.py:1 f", "shop/templates/list.html:3", "in third-party code: wagtail/pages.py:1 get",
        "https://x.example/a.py:1 f", "C:\\a.py:1 f", ":1 f", "a.py:99999999 f",
    ],
)  # fmt: skip
def test_what_is_no_line_of_the_repository_is_left_out(source: object) -> None:
    assert location_of(source) is None
    assert log_of(finding(source))["results"] == []


def test_a_project_may_lie_in_a_folder_of_its_repository() -> None:
    (result,) = log_of(finding("shop/a b#.py:12 index"), folder="backend")["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "backend/shop/a%20b%23.py"
    assert location_of("shop/views.py:1 f", "../elsewhere") is None


def test_a_finding_is_recognised_when_its_line_moves() -> None:
    prints = [
        log_of(finding(source))["results"][0]["partialFingerprints"]
        for source in ("a.py:1 f", "a.py:9 f", "a.py:9 g", "b.py:9 f")
    ]
    assert prints[0] == prints[1] and len({str(each) for each in prints}) == 3


def test_a_message_is_text() -> None:
    text = "[x](https://x.example) {0} \\ <b> a\r\nb\u202e"
    (result,) = log_of(finding("a.py:1 f", sentence=text))["results"]
    assert result["message"]["text"] == "\\[x\\](https://x.example) {{0}} \\\\ <b> a b"


def test_without_lines_the_log_is_empty_and_valid() -> None:
    content = log_of({"class": "stale", "sentence": "It is stale."})
    assert content["results"] == [] and content["tool"]["driver"]["rules"] == []
