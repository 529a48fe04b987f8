"""Findings about what the project did beyond its cell: refused connections, files and processes outside, the machine's clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from perflab.run.records import Finding, Severity
from perflab.run.scenario import scenario_endpoints

# The class of a finding and its severity, by the kind of contact.
KINDS: dict[str, tuple[str, Severity]] = {
    "connection": ("refused_connection", "warning"),
    "lookup": ("refused_connection", "warning"),
    "database": ("refused_connection", "warning"),
    "file": ("file_outside", "warning"),
    "process": ("process_started", "info"),
    "clock": ("machine_clock", "warning"),
}
REFUSED = "refused_connection"
# The classes of these findings.
CLASSES = tuple(dict.fromkeys(kind for kind, _ in KINDS.values()))


def of_contacts(contacts: Iterable[Mapping[str, Any]], scenario: Mapping[str, Any]) -> list[Finding]:
    """Return a finding for each endpoint, target and line of code.

    Args:
        contacts: What run.json keeps of them.
        scenario: The scenario as run.json keeps it.
    """
    methods = {endpoint.name: endpoint.method for endpoint in scenario_endpoints(scenario)}
    findings = []
    for contact in contacts:
        if contact["kind"] in KINDS:
            kind, severity = KINDS[contact["kind"]]
            endpoint = contact.get("endpoint")
            sentence = _sentence(contact, kind)
            count, method = int(contact["count"]), methods.get(str(endpoint))
            findings.append(Finding(kind, severity, sentence, endpoint, method, count=count, example=dict(contact)))
    return sorted(findings, key=lambda finding: (list(dict(KINDS.values())).index(finding.kind), -finding.count))


def _sentence(contact: Mapping[str, Any], kind: str) -> str:
    where = f" in {contact['endpoint']}" if contact.get("endpoint") else ""
    count = int(contact["count"])
    often = f" ({count:,} times)" if count > 1 else ""
    text = f"{contact['sentence']}{where}{often}"
    if kind == REFUSED:
        return f"{text}: refused. Responses were made without it; `allow` under `subject` permits it."
    return f"{text}."
