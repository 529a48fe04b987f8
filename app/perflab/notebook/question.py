"""Another question out of a saved run: its scenario with other endpoints, claims or title, as YAML that `perflab run` takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from perflab.errors import InputError, did_you_mean
from perflab.explore.tables import Table
from perflab.notebook import project
from perflab.run.store import Run
from perflab.scenario import loading
from perflab.scenario.models import Scenario
from perflab.scenario.output.writing import HEADER, plain, text
from perflab.scenario.source import Source


@dataclass(frozen=True, repr=False)
class Question:
    """A scenario that is not on disk yet.

    `text` is the YAML, `name` a name for the file, `profile` one for a quick look, `notes` what one may not expect.
    """

    text: str
    name: str
    profile: str
    notes: tuple[str, ...] = ()

    def save(self, path: str | None = None) -> Table:
        """Write it, by default into scenarios/ of the project; returns the file and what to type next.

        Never overwrites: raises InputError where there is a file already, or none can be written.
        """
        root = project.root()
        target = root / (path or self._file)
        shown = project.shown(target, root)
        if target.suffix not in (".yaml", ".yml"):
            raise InputError(f"{shown} is no name for a scenario", hint="let it end in .yaml")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("x", encoding="utf-8") as file:
                file.write(self.text)
        except OSError as error:
            if isinstance(error, FileExistsError) and target.exists():  # else it is its folder that is a file
                raise InputError(
                    f"{shown} is there already", hint="give another name: nothing is overwritten"
                ) from None
            raise InputError(f"cannot write {shown}: {error.strerror}", hint="choose another folder") from None
        return Table(
            "A new scenario", {"file": shown, "look at it": f"perflab check {shown}", "run it": self._command(shown)}
        )

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return "\n".join([self.text, *self.notes, self._next])

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        listed = f"<ul>{notes}</ul>" if notes else ""
        then = re.sub("`([^`]+)`", r"<code>\1</code>", escape(self._next))
        return f"<pre><code>{escape(self.text)}</code></pre>{listed}<p>{then}</p>"

    @property
    def _file(self) -> str:
        return f"scenarios/{self.name}.yaml"

    @property
    def _next(self) -> str:
        return f'Nothing is written yet: `.save("{self._file}")` writes it, then `{self._command(self._file)}` asks it.'

    def _command(self, file: str) -> str:
        return f"perflab run {file} --profile {self.profile}"


def scenario_from(
    run: Run,
    endpoints: Sequence[str] | None = None,
    claims: Sequence[str | Mapping[str, Any]] | None = None,
    title: str | None = None,
) -> Question:
    """The run's scenario, as it was resolved, with a change: a Question that shows itself, and `save`s itself.

    `endpoints`: only these, and the reads that their writes change, which show whether those are noticed. `claims`: only these;
    each an id, a claim of `run.claims`, or a mapping with an `id`, which changes the run's claim of that id or is a new one.
    What is None stays, but for claims about endpoints that are gone. Raises InputError for a name that the run does not have,
    and for what no scenario may say.
    """
    before = _scenario(run)
    notes: list[str] = []
    data = plain(before)
    if endpoints is not None:
        chosen = _chosen(before, endpoints, notes)
        data["traffic"]["endpoints"] = [one for one in data["traffic"]["endpoints"] if one["name"] in chosen]
    data["title"] = title or before.title + (f" ({', '.join(endpoints)})" if endpoints else "")
    data["claims"] = _kept(before, data, notes) if claims is None else _claims(data, claims)
    try:
        loading.validated(data, Source(Path("scenario")))
    except InputError as error:  # its line is of a file that nobody has seen
        raise InputError(error.what, where="the new scenario", hint=error.hint) from None
    origin = " ".join(f"# From the run {run.run_id} of {run.scenario_name}.".split())
    profile = "smoke" if "smoke" in before.profiles else next(iter(before.profiles))
    name = re.sub(r"\W+", "_", "_".join([run.scenario_name, *(endpoints or ["again"])]))[:60]
    return Question(f"{HEADER}{origin}\n\n{text(data)}", name, profile, tuple(notes))


def _scenario(run: Run) -> Scenario:
    try:
        return loading.saved(run.scenario, Source(Path("run.json")))
    except InputError as error:
        raise InputError(
            f"the scenario of the run {run.run_id} cannot be asked again: {error.what}",
            hint="copy a file in scenarios/ instead",
        ) from None


def _chosen(scenario: Scenario, endpoints: Sequence[str], notes: list[str]) -> set[str]:
    """The endpoints asked for, and the reads that belong to them."""
    known = {endpoint.name: endpoint for endpoint in scenario.traffic.endpoints}
    for name in endpoints:
        if name not in known:
            raise InputError(f"the scenario has no endpoint {name!r}", hint=did_you_mean(name, known))
    along = {read: name for name in endpoints for read in known[name].affects if read not in endpoints}
    notes += [f"{read} comes along, for {write} changes what it answers." for read, write in along.items()]
    return {*endpoints, *along}


def _kept(before: Scenario, data: Mapping[str, Any], notes: list[str]) -> list[dict[str, Any]]:
    """The claims that can still be asked."""
    names = {endpoint["name"] for endpoint in data["traffic"]["endpoints"]}
    scopes = {"all", *names, *(["audited"] if names & set(before.audited) else [])}
    claims: list[dict[str, Any]] = data.get("claims", [])
    scope_of = {claim.id: claim.scope for claim in before.claims}
    gone = [claim["id"] for claim in claims if scope_of[claim["id"]] not in scopes]
    if gone:
        notes.append(f"Claims about endpoints that are left out are gone: {', '.join(gone)}.")
    return [claim for claim in claims if claim["id"] not in gone]


def _claims(data: Mapping[str, Any], wanted: Sequence[str | Mapping[str, Any]]) -> list[dict[str, Any]]:
    known = {claim["id"]: claim for claim in data.get("claims", [])}
    found = []
    for claim in wanted:
        given = {"id": claim} if isinstance(claim, str) else dict(claim)
        if "verdict" in given:  # a row of summary.json: what was found is not part of what is claimed
            given = {"id": given["id"]}
        if set(given) == {"id"} and given["id"] not in known:
            raise InputError(f"the scenario makes no claim {given['id']!r}", hint=did_you_mean(given["id"], known))
        found.append({**known.get(str(given.get("id")), {}), **given})
    return found
