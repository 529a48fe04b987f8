"""`perflab init`: a first scenario for the project in this folder."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perflab.errors import InputError
from perflab.experiment.revisions.trees import ignored
from perflab.experiment.setup.preflight import LOGIN
from perflab.experiment.setup.trying import NO_STATIC_FILES, Tried
from perflab.notebook import child, progress
from perflab.run.scenario import EVERY
from perflab.run.writer import write_text
from perflab.scenario import loading
from perflab.scenario.drafting.candidates import Candidate
from perflab.scenario.drafting.checkout import Checkout, look
from perflab.scenario.drafting.looking import Facts, Route
from perflab.scenario.drafting.proposal import Found, factors_of, scenario_text, updated
from perflab.scenario.drafting.size import affordable
from perflab.scenario.output.writing import plain
from perflab.units import counted, cut, listed

PLACE = Path("lab") / "scenario.yaml"
USUAL_ROWS = 1_000
# So many reasons are printed; all are in the file.
PRINTED = 8
LONGEST = 110


def init(
    folder: Path,
    place: Path = PLACE,
    *,
    settings: str | None = None,
    python: str | None = None,
    database: str | None = None,
    env: Sequence[str] = (),
    auth: str | None = None,
    source: str | None = None,
    rows: int = USUAL_ROWS,
    as_of: str | None = None,
    force: bool = False,
    update: bool = False,
    quiet: bool = False,
) -> str:
    """Write a first scenario for the project in a folder; return what to print.

    The project is set up and its routes are tried on private servers, with rows from its models: nothing else is started. That
    took 19 s for 255 routes of one project, and 73 s for 359 of another with slow pages.

    Args:
        folder: The project's folder.
        place: The file to write, relative to the folder.
        settings: The settings module; else that of manage.py.
        python: A virtual environment; else one in the folder.
        database: `postgresql` or `sqlite`; else the one of the settings.
        env: Environment variables of the project, as NAME=VALUE.
        auth: How callers log in, where sessions and tokens do not do: `package.module:name` of a function.
        source: An existing database to copy, as `data.source` names it; else rows are made from the models.
        rows: The number of rows of each model.
        as_of: The day on which the data ends; else today, or the newest moment in a copied database.
        force: Replace a file that is there.
        update: Add to a file that is there what it lacks; its own subject and data count, and nothing in it changes.
        quiet: Show no progress.

    Raises:
        InputError: There is no project, or a file is there.
        PerflabError: The project cannot be set up.
    """
    file = folder / place
    if update:
        return _update(folder, file, quiet=quiet)
    if file.exists() and not force:
        hint = "add what it lacks with --update, give another --output, or replace it with --force"
        raise InputError(f"{place} is there already", hint=hint)
    checkout = look(folder, settings, python)
    given = {
        "python": checkout.python,
        "path": checkout.path and [checkout.path],
        "database": database,
        "env": _variables(env),
        "auth": auth,
    }
    subject = {"settings": checkout.settings, **{key: value for key, value in given.items() if value}}
    if source is None:
        day = as_of or datetime.now(UTC).date().isoformat()
        data: dict[str, Any] = {"from": "models", "as_of": day, "rows": {EVERY: rows}}
    else:
        data = {"from": "database", "source": source, **({"as_of": as_of} if as_of else {})}
    shown = affordable(_drafted(folder, subject, data, quiet=quiet))
    needed = [folder / ".env", *([Path(shown.facts.static_root)] if shown.facts.static_root else [])]
    if files := ignored(folder, needed):
        subject["files"] = files  # where revisions are compared, each needs them
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, scenario_text(subject, data, shown, folder.resolve().name))
    return _closing(shown, place, checkout)


def _drafted(folder: Path, subject: Mapping[str, Any], data: Mapping[str, Any], *, quiet: bool) -> Found:
    """Let a process of its own set the project up and try its routes."""
    display = progress.display(quiet=quiet)
    try:
        with tempfile.TemporaryDirectory(prefix="perflab-") as kept:
            arguments = {"subject": dict(subject), "data": dict(data), "log": str(Path(kept) / "worker.log")}
            return _found(child.run("draft", arguments, display.show, cwd=folder))
    finally:
        display.close()


def _update(folder: Path, file: Path, *, quiet: bool) -> str:
    scenario = loading.load(file)
    own = plain(scenario)
    shown = _drafted(folder, own["subject"], own["data"], quiet=quiet)
    text, names = updated(file.read_text(encoding="utf-8-sig"), scenario, shown)
    if not names:
        return f"{file}: nothing new responds"
    write_text(file, text)
    return f"added to {file}: {', '.join(names)}"


def _variables(pairs: Sequence[str]) -> dict[str, str]:
    variables = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"--env {pair}: there is no value", hint="write it as NAME=VALUE")
        variables[name] = value
    return variables


def _found(made: Mapping[str, Any]) -> Found:
    """Return what the project's process has sent as plain data."""
    facts = dict(made["facts"])
    routes = [Route(**{**route, "params": tuple(map(tuple, route["params"]))}) for route in facts.pop("routes")]
    tried = [
        Tried(**{**each, "candidate": None if each["candidate"] is None else Candidate(**each["candidate"])})
        for each in made["tried"]
    ]
    return Found(Facts(**facts, routes=routes), tried, made["left_out"], made["empty"])


def _closing(shown: Found, place: Path, checkout: Checkout) -> str:
    described = [each for each in shown.tried if each.is_write]
    written = [each for each in described if each.candidate is not None]
    reached = [each for each in shown.tried if each.candidate is not None and not each.is_write]
    callers: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for each in shown.tried:
        if each.candidate is not None and not each.is_write:
            callers[each.candidate.caller] = callers.get(each.candidate.caller, 0) + 1
        elif each.candidate is None:
            reasons[each.reason] = reasons.get(each.reason, 0) + 1
    for reason in shown.left_out.values():
        reasons[reason] = reasons.get(reason, 0) + 1
    words = ", ".join(f"{number} as {caller}" for caller, number in callers.items())
    lines = [
        f"{len(reached)} of {counted(len(shown.facts.routes), 'route')} responded" + (f": {words}" if words else ""),
        *(
            [f"{len(written)} of {counted(len(described), 'write')} of its OpenAPI schema succeeded"]
            if described
            else []
        ),
        *(
            f"  {number:>4} not: {cut(reason, LONGEST)}"
            for reason, number in sorted(reasons.items(), key=lambda item: -item[1])[:PRINTED]
        ),
        *(f"  no rows in {label}: {reason}" for label, reason in shown.empty.items()),
        f"switches: {', '.join(factor['name'] for factor in shown.factors) or 'none, so nothing is compared'}",
        f"settings {checkout.settings}" + (f", interpreter {checkout.python}" if checkout.python else ""),
        f"written: {place}",
    ]
    if any(reason.startswith(LOGIN) for reason in reasons):
        lines.append("nobody could log in: give what the settings read from the environment as --env NAME=VALUE")
    if NO_STATIC_FILES in reasons:
        lines.append(
            "static files are missing, and DEBUG is off here, as in production: run `python manage.py collectstatic` (and "
            "`compress`, or the build of the assets, where the project has one), then perflab init --force"
        )
    gone = [factor["name"] for factor in factors_of(shown.facts) if factor not in shown.factors]
    if gone or shown.slow:
        what = [*gone, *([counted(len(shown.slow), "slow route")] if shown.slow else [])]
        lines.append(f"left out, so that a first run takes minutes: {listed(what)}; add them to the file")
    if reached:
        lines.append(f"next: perflab run {place} --profile smoke")
    return "\n".join(lines)
