"""`perflab traffic`: what access logs say of a scenario's traffic, and the scenario changed by it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from perflab import units
from perflab.errors import InputError, clean
from perflab.notebook import project
from perflab.run.writer import write_text
from perflab.scenario import loading
from perflab.scenario.drafting.observed import Observed, observe, popularity, zipf_of
from perflab.scenario.drafting.stores import requests_of
from perflab.scenario.models import Scenario

# So many forms of paths that belong to no endpoint are printed.
PRINTED = 12
_NUMBER = r"(:\s*)[-+\d.eE_]+"


def traffic(scenario_path: Path, places: Sequence[str], *, write: bool = False) -> str:
    """Return what logs say of a scenario's traffic.

    Args:
        scenario_path: The scenario's file.
        places: Access logs (nginx, Apache, gunicorn), JSON lines, HAR files, databases of Silk or the debug toolbar.
        write: Change the weights, the popularity, the rate and the read-backs in the scenario's file, and nothing else there.

    Raises:
        InputError: A file cannot be read, no request belongs to an endpoint, or the scenario cannot be changed in place.
    """
    scenario = loading.load(scenario_path)
    observed = observe((request for place in places for request in requests_of(place)), scenario.traffic.endpoints)
    lines = list(_report(scenario, observed))
    if not observed.resolved:
        raise InputError(
            f"none of {_total(observed):,} logged requests belongs to an endpoint of {scenario_path}",
            hint=f"the most frequent others are {_most(observed)}" if observed.others else "is it an access log?",
        )
    if write:
        write_text(scenario_path, changed(scenario, observed, scenario_path.read_text(encoding="utf-8-sig")))
        lines.append(f"written: {project.display_path(scenario_path)}")
    else:
        lines.append("add --write to change the scenario")
    return "\n".join(lines)


def _total(observed: Observed) -> int:
    return observed.resolved + sum(observed.others.values())


def _most(observed: Observed) -> str:
    return ", ".join(f"{_plain(form)} ({number:,})" for form, number in observed.others.most_common(3))


def _report(scenario: Scenario, observed: Observed) -> Iterator[str]:
    total = _total(observed)
    share = units.percent(observed.resolved / max(total, 1))
    yield f"{observed.resolved:,} of {total:,} requests belong to an endpoint ({share})"
    if observed.unreadable:
        yield f"{units.counted(observed.unreadable, 'line')} {'is' if observed.unreadable == 1 else 'are'} no request"
    rows = [("endpoint", "requests", "share", "4xx, 5xx", "popularity", "read back")]
    for endpoint in scenario.traffic.endpoints:
        seen = observed.endpoints[endpoint.name]
        exponent = zipf_of(seen.values.values())
        fit = "" if exponent is None else f"n^-{exponent:.2f} of {len(seen.values):,} values"
        share = units.percent(seen.requests / max(observed.resolved, 1))
        again = observed.visits.share_of(endpoint.name)
        back = "" if again is None else f"{units.percent(again, 0)} of {observed.visits.writes[endpoint.name]:,} writes"
        rows.append((endpoint.name, f"{seen.requests:,}", share, f"{seen.failed:,}", fit, back))
    yield from units.aligned(rows)
    exponent, rate, own = popularity(observed), observed.rate_per_s, scenario.traffic
    yield f"zipf: {'unknown' if exponent is None else f'{exponent:.2f}'} (the scenario has {own.zipf:g})"
    yield f"rate_per_s: {'unknown' if rate is None else units.significant(rate)} (the scenario has {own.rate_per_s:g})"
    if observed.visits.think_s is not None:
        yield f"think_s of `capacity`: {units.significant(observed.visits.think_s)}{_own_think_s(scenario)}"
    if observed.others:
        yield f"{sum(observed.others.values()):,} requests belong to no endpoint; the most frequent:"
        for form, number in observed.others.most_common(PRINTED):
            yield f"  {number:>9,}  {_plain(form)}"


def _own_think_s(scenario: Scenario) -> str:
    return "" if scenario.capacity is None else f" (the scenario has {scenario.capacity.think_s:g})"


def _plain(text: str) -> str:
    """Return a text on one line: a log may hold anything that a client has sent."""
    return units.cut(clean(text), 100)


def changed(scenario: Scenario, observed: Observed, text: str) -> str:
    """Return a scenario's file with the observed weights, popularity and rate, and who reads writes back.

    Endpoints that were not seen get the weight 0.

    Args:
        scenario: The scenario, with the lines of its keys.
        observed: What was logged.
        text: The file.

    Raises:
        InputError: A number does not stand on a line of its own or of its endpoint's.
    """
    lines = text.split("\n")
    for i, endpoint in enumerate(scenario.traffic.endpoints):
        share = 100 * observed.endpoints[endpoint.name].requests / observed.resolved
        _change(lines, scenario, ("traffic", "endpoints", i, "weight"), f"{share:.4g}")
    exponent, rate = popularity(observed), observed.rate_per_s
    if exponent is not None:
        _change(lines, scenario, ("traffic", "zipf"), f"{exponent:.2f}")
    if rate is not None:
        _change(lines, scenario, ("traffic", "rate_per_s"), f"{rate:.3g}")
    for i in reversed(range(len(scenario.traffic.endpoints))):  # from below, because lines may be added
        again = observed.visits.share_of(scenario.traffic.endpoints[i].name)
        if again is not None:
            _read_back(lines, scenario, i, f"{again:.2g}")
    return "\n".join(lines)


def _read_back(lines: list[str], scenario: Scenario, place: int, share: str) -> None:
    """Set `read_back` of an endpoint: where it stands, or else after its `affects`."""
    endpoint = ("traffic", "endpoints", place)
    if "read_back" in scenario.traffic.endpoints[place].model_fields_set:
        line = scenario.source.line((*endpoint, "read_back")) - 1
        lines[line] = re.sub(r"\bread_back(:\s*)[\w.]+", rf"read_back\g<1>{share}", lines[line])
        return
    line = scenario.source.line((*endpoint, "affects")) - 1
    expression = r"\baffects:\s*\[[^\]]*\]"
    if len(re.findall(expression, lines[line])) != 1:
        return
    if lines[line].lstrip(" -").startswith("affects:"):
        indent = lines[line][: lines[line].index("affects")].replace("-", " ")
        lines.insert(line + 1, f"{indent}read_back: {share}")
    else:
        lines[line] = re.sub(expression, rf"\g<0>, read_back: {share}", lines[line])


def _change(lines: list[str], scenario: Scenario, place: tuple[str | int, ...], number: str) -> None:
    line = scenario.source.line(place) - 1
    expression = rf"\b{place[-1]}{_NUMBER}"
    if len(re.findall(expression, lines[line])) != 1:
        raise InputError(
            f"cannot change {place[-1]} in place", where=scenario.source.where(place),
            hint="write each endpoint on lines of its own",
        )  # fmt: skip
    lines[line] = re.sub(expression, rf"{place[-1]}\g<1>{number}", lines[line])
