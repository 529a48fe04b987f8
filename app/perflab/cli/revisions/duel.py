"""`perflab duel`: two revisions of a project in one run, as many rounds as fit into the minutes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from perflab import units
from perflab.cli.commands.shared import COMPLETE, OTHERWISE, WORSE
from perflab.cli.revisions.expecting import expected_in
from perflab.cli.run import run
from perflab.errors import InputError, clean
from perflab.experiment.revisions.trees import commit_of, git, root_of, shallow_hint
from perflab.notebook import project
from perflab.run.store import Run, load

# The branches that others are merged into, the surest first.
DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
# Where a scenario may be, if none is named: what `perflab init` writes, then the only one there is.
DRAFTED = Path("lab") / "scenario.yaml"
FOLDERS = ("lab", "scenarios", "perflab")
# A round is so long, in seconds of replay: starting its processes takes two to five more. The most rounds of a run.
ROUND_S, MOST_ROUNDS = 8, 60
# So many seconds of the budget are for what surrounds the rounds: data, checks, stages after them, the page.
AROUND_S = 60
MIN_ROUNDS = 3


@dataclass(frozen=True)
class Duel:
    """How a duel ended: what to print, where it is saved, and its exit code."""

    text: str
    directory: Path
    code: int


def duel(
    base: str | None,
    head: str | None,
    scenario: Path | None,
    profile: str,
    minutes: float,
    *,
    expect: Path | None = None,
    packages: str | None = None,
    quiet: bool = False,
) -> Duel:
    """Replay the same traffic on two revisions, and report on what differs.

    Args:
        base: The revision to compare with; None is the merge base with the default branch.
        head: The revision in question; None is the working tree, with what is not committed.
        scenario: The scenario's file; None finds it.
        profile: Profile of the scenario, for the size of its data.
        minutes: How long it may take; it ends earlier once times are known well enough (analysis/deciding/times.py).
        expect: A text that says what the change is meant to change, beside the scenario's `expect`.
        packages: The file of each revision, relative to the project's folder, that pins its packages; None is the same for both.
        quiet: Show no progress.

    Raises:
        InputError: There is no such revision, nothing to compare, no scenario, or the text is not as it must be.
    """
    expected = expected_in(expect) if expect else {}
    path = scenario or scenario_in(Path.cwd())
    repository = root_of(Path.cwd())
    against = base or merge_base(repository, head)
    commit_of(repository, against)
    if head is not None:
        commit_of(repository, head)
    rounds = max(MIN_ROUNDS, min(MOST_ROUNDS, round((60 * minutes - AROUND_S) / ROUND_S)))
    last_round = max(0.1, minutes - AROUND_S / 2 / 60)
    given: dict[str, object] = {
        "code": f"{against}..{head or ''}", "rounds": rounds, "replay_s": rounds * ROUND_S, "minutes": round(last_round, 2),
        "decide": True,
    }  # fmt: skip
    if expected:
        given["expect"] = json.dumps(expected)
    if packages is not None:
        given["packages"] = packages
    outcome = run(path, profile, [f"{name}={value}" for name, value in given.items()], quiet=quiet)
    if not outcome.complete:
        return Duel(outcome.text, outcome.directory, OTHERWISE)
    return judged(load(outcome.directory))


def judged(run: Run) -> Duel:
    """Return what a saved duel has shown, and whether that is something to stop at.

    Args:
        run: The run, which is complete.
    """
    from perflab.report import build  # scipy, 0.4 s
    from perflab.report.comment.sentence import sentence
    from perflab.report.comment.within_run import changes_within

    changes = changes_within(run, build(run))
    rows = [[clean(row.verdict), clean(row.what), clean(row.sentence)] for row in changes.rows]
    lines = ["", sentence(changes, "The new revision"), "", *units.aligned(rows), *([""] if rows else [])]
    own = [*(run.meta.get("notes") or ()), *(run.meta["revisions"].get("remarks") or ())]
    notes = [*changes.notes, *own]
    lines += [clean(str(note)) for note in dict.fromkeys(notes)]
    page = project.display_path(run.directory / "summary.html")
    return Duel("\n".join([*lines, page]), run.directory, WORSE if changes.is_worse else COMPLETE)


def merge_base(repository: Path, head: str | None) -> str:
    """Return where a revision has left the default branch, as a commit's first twelve digits.

    Args:
        repository: The root of the repository.
        head: The revision; None is the working tree.

    Raises:
        InputError: There is no default branch, no common ancestor, or nothing to compare.
    """
    branch = _default_branch(repository)
    tip = commit_of(repository, head or "HEAD")
    try:
        base = git(repository, "merge-base", tip, branch).strip()
    except InputError:
        hint = shallow_hint(repository) or f"name the base: perflab duel {branch}"
        raise InputError(f"the history has no common ancestor with {branch}", hint=hint) from None
    is_clean = head is not None or not git(repository, "status", "--porcelain").strip()
    if base == tip and is_clean:
        raise InputError(
            f"there is nothing to compare: {head or 'HEAD'} is on {branch}, and nothing is uncommitted",
            hint="name a base, such as `perflab duel HEAD~1`",
        )
    return base[:12]


def _default_branch(repository: Path) -> str:
    for name in DEFAULT_BRANCHES:
        try:
            commit_of(repository, name)
        except InputError:
            continue
        return name
    raise InputError(
        f"there is no branch {' or '.join(DEFAULT_BRANCHES[-2:])} to compare with",
        hint="name a base: perflab duel BASE",
    )


def scenario_in(folder: Path) -> Path:
    """Return the scenario of a project: what `perflab init` writes, else the only one in its folders.

    Args:
        folder: The project's folder.

    Raises:
        InputError: There is none, or more than one.
    """
    if (folder / DRAFTED).is_file():
        return DRAFTED
    files = sorted(path for name in FOLDERS for path in (folder / name).glob("*.yaml"))
    if len(files) == 1:
        return files[0].relative_to(folder)
    if files:
        raise InputError(
            f"there are {len(files)} scenarios", hint=f"name one, such as --scenario {files[0].relative_to(folder)}"
        )
    raise InputError("there is no scenario", hint="`perflab init` writes one")
