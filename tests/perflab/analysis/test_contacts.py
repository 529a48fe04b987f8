"""Findings about what the project did beyond its cell."""

from __future__ import annotations

from perflab.analysis.contacts import of_contacts

SCENARIO = {"traffic": {"endpoints": [{"name": "buy", "method": "POST"}]}}


def contact(kind: str, sentence: str, endpoint: str | None, count: int) -> dict[str, object]:
    return {"kind": kind, "target": "x", "place": "a.py:1", "endpoint": endpoint, "sentence": sentence, "count": count}


def test_each_contact_but_mail_is_a_finding_the_refused_ones_first() -> None:
    findings = of_contacts(
        [
            contact("process", "a.py:3 starts the process git", None, 1),
            contact("mail", "mail: sent", "buy", 5),
            contact("connection", "a.py:1 connects to localhost:1", None, 1),
            contact("connection", "a.py:2 connects to localhost:1", "buy", 34),
        ],
        SCENARIO,
    )
    assert [(f.kind, f.severity, f.endpoint, f.method, f.count) for f in findings] == [
        ("refused_connection", "warning", "buy", "POST", 34),
        ("refused_connection", "warning", None, None, 1),
        ("process_started", "info", None, None, 1),
    ]
    assert findings[0].sentence.startswith(
        "a.py:2 connects to localhost:1 in buy (34 times): refused. Responses were made"
    )
    assert findings[2].sentence == "a.py:3 starts the process git."


def test_a_run_without_contacts_has_none() -> None:
    assert of_contacts([], {}) == []
