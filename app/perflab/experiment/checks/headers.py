"""Whether a response heeds the headers that the baseline's does: Accept-Language and Accept.

Other cells are sent the requests only if the baseline returns different contents for different values of a header. A cell that
returns the content for the value before has kept it without the header. A header that every cell ignores is not recognised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from perflab.experiment.checks.client import CheckClient, Shown, request_of, same_content, succeeded
from perflab.scenario.traffic import Endpoint
from perflab.workload.steps import Step

IGNORES_HEADER = "ignores_header"
# Languages to try where the project does not list its own.
LANGUAGES = ("de", "fr")
CONTENT_TYPES = ("application/json", "text/html")


def ignores_header(client: CheckClient, languages: Sequence[str] = LANGUAGES) -> Iterator[Shown]:
    """Yield, for each read that depends on a header in the baseline, whether other cells ignore the header.

    Args:
        client: Makes the requests.
        languages: Two languages of the project's.
    """
    for endpoint in client.reads:
        for header, values in (("Accept-Language", languages), ("Accept", CONTENT_TYPES)):
            if not client.has_time:
                return
            shown = _of_header(client, endpoint, header, values)
            if shown is not None:
                yield shown


def languages_of(settings: Mapping[str, Any], default: Any) -> Sequence[str]:
    """Return two languages of a project, as far as it lists its own.

    Args:
        settings: The project's settings.
        default: What Django has for LANGUAGES.
    """
    listed = settings.get("LANGUAGES") or ()
    codes = [str(code) for code, _ in listed] if listed != default else []
    return codes[:2] if len(codes) > 1 else LANGUAGES


def _of_header(client: CheckClient, endpoint: Endpoint, header: str, values: Sequence[str]) -> Shown | None:
    """Return whether cells ignore a header; None where the baseline's responses do not depend on it."""
    step = client.step(endpoint, client.traffic.drawer.picked(endpoint, 0, 1, 0))
    if not _depends(client, step, header, values):
        return None
    # Another object, if there is one: its response is in no cache yet.
    step = client.step(endpoint, client.traffic.drawer.picked(endpoint, 1, 2, 0))
    first, second = (_with(client, step, header, value) for value in values)
    shown = Shown(IGNORES_HEADER, endpoint.name, request_of(step))
    for cell in client.cells(shown):
        with_first, with_second, again = client.send(cell, *map(client.again, (first, second, first)))
        if succeeded(with_first) and succeeded(with_second) and same_content(with_first, again):
            shown.note(cell, same_content(with_first, with_second), header=header, values=list(values))
    return shown if shown.cells.get(client.baseline) is False else None


def _depends(client: CheckClient, step: Step, header: str, values: Sequence[str]) -> bool:
    """Return whether the baseline's responses to two values of a header differ, and those to one value do not."""
    first, second = (_with(client, step, header, value) for value in values)
    with_first, with_second, again = client.send(client.baseline, first, second, client.again(first))
    if not succeeded(with_first) or not succeeded(with_second):
        return False
    return same_content(with_first, again) and not same_content(with_first, with_second)


def _with(client: CheckClient, step: Step, header: str, value: str) -> Step:
    others = {name: text for name, text in step.headers.items() if name.lower() != header.lower()}
    return client.again(step, headers={**others, header: value})
