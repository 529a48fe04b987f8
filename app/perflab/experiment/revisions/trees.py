"""The code of a side in a folder of its own: a revision, a patch on one, or a copy of the working tree.

The user's repository is only read: a folder has a repository of its own, whose objects are the user's. So nothing is written
there, not even the entry that `git worktree add` leaves behind after a kill. Nothing is fetched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from perflab.errors import InputError
from perflab.scenario.factors.code import Code

TIMEOUT_S = 300.0
# What a repository's own settings could start while its files are checked out.
QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false", "-c", "protocol.allow=never")
GITLINK = "160000"


@dataclass(frozen=True)
class Tree:
    """The code of one side.

    Attributes:
        folder: The root of its files.
        label: Its name for people.
        revision: The commit, in full.
        is_changed: Whether it differs from that commit: a patch, or what is not committed.
        remarks: What is to be known about it.
    """

    folder: Path
    label: str
    revision: str
    is_changed: bool
    remarks: tuple[str, ...] = ()


def git(folder: Path, *words: str) -> str:
    """Run git and return what it prints.

    Args:
        folder: Where.
        words: The command.

    Raises:
        InputError: It fails, or there is no git.
    """
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *QUIET, *words],
            capture_output=True, text=True, errors="surrogateescape", timeout=TIMEOUT_S, check=False,
            env={name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
            | {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
        )  # fmt: skip
    except FileNotFoundError:
        raise InputError("there is no git on PATH", hint="install it to compare revisions") from None
    except subprocess.TimeoutExpired:
        raise InputError(f"git {words[0]} took longer than {TIMEOUT_S:.0f} s") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise InputError(f"git {words[0]}: {last.removeprefix('fatal: ').removeprefix('error: ')}")
    return done.stdout


def root_of(folder: Path) -> Path:
    """Return the root of the repository that a folder is in.

    Args:
        folder: The folder.

    Raises:
        InputError: It is in none.
    """
    try:
        return Path(git(folder, "rev-parse", "--show-toplevel").strip())
    except InputError as error:
        raise InputError(
            f"revisions can only be compared in a git repository: {error.what}",
            hint="run perflab in the project's checkout",
        ) from error


def ignored(folder: Path, places: Sequence[Path]) -> list[str]:
    """Return those of some files and folders that exist and that git ignores, relative to the root of the repository.

    Args:
        folder: A folder in the repository; outside any, nothing is ignored.
        places: The files and folders.
    """
    try:
        root = root_of(folder)
    except InputError:
        return []
    names = []
    for place in places:
        if place.exists() and place.resolve().is_relative_to(root):
            name = str(place.resolve().relative_to(root))
            with suppress(InputError):  # git does not ignore it
                git(root, "check-ignore", "--quiet", "--", name)
                names.append(name)
    return names


def commit_of(repository: Path, revision: str) -> str:
    """Return the commit that a name stands for; a branch may also be one of `origin`.

    Args:
        repository: The root of the repository.
        revision: A branch, a tag or a commit.

    Raises:
        InputError: There is no such commit.
    """
    for name in (revision, f"origin/{revision}"):
        try:
            return git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").strip()
        except InputError:
            continue
    hint = shallow_hint(repository) or "see `git branch --all` and `git log`"
    raise InputError(f"there is no revision {revision}", hint=hint)


def shallow_hint(repository: Path) -> str | None:
    """Return how to get the whole history of a shallow clone; None if the repository is none.

    Args:
        repository: The root of the repository.
    """
    if git(repository, "rev-parse", "--is-shallow-repository").strip() != "true":
        return None
    return "this is a shallow clone: `git fetch --unshallow` brings the history (in a workflow, `fetch-depth: 0`)"


def tree_of(repository: Path, code: Code, files: Sequence[str], folder: Path) -> Tree:
    """Put the code of a side into a new folder. Costs as much as a copy of the files.

    Args:
        repository: The root of the repository.
        code: The side.
        files: What is copied from the working tree besides.
        folder: The new folder.

    Raises:
        InputError: There is no such revision, the patch does not apply, or a file does not exist.
    """
    remarks: list[str] = []
    if code.revision is None and code.patch is None:
        revision = git(repository, "rev-parse", "--verify", "HEAD").strip()
        is_changed = bool(git(repository, "status", "--porcelain").strip())
        _copy_working_tree(repository, folder)
    else:
        revision = commit_of(repository, code.revision or "HEAD")
        is_changed = code.patch is not None
        check_out(repository, revision, folder, remarks)
        if code.patch is not None:
            _apply(Path(os.path.abspath(Path(code.patch).expanduser())), folder)
    for name in files:
        _copy(repository, name, folder)
    return Tree(folder, code.label, revision, is_changed, tuple(remarks))


def check_out(repository: Path, revision: str, folder: Path, remarks: list[str]) -> None:
    """Check a commit out into a new folder, with the submodules that the repository has.

    Args:
        repository: The root of the repository.
        revision: The commit.
        folder: The new folder.
        remarks: Is told of submodules that are missing.

    Raises:
        InputError: The commit, or a file of it, is not in the repository.
    """
    objects = (repository / git(repository, "rev-parse", "--git-path", "objects").strip()).resolve()
    kind = git(repository, "rev-parse", "--show-object-format").strip()
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", f"--object-format={kind}", "--template=")
    info = folder / ".git" / "objects" / "info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "alternates").write_text(f"{objects}\n")
    shallow = repository / git(repository, "rev-parse", "--git-path", "shallow").strip()
    if shallow.is_file():
        shutil.copy(shallow, folder / ".git" / "shallow")
    git(folder, "checkout", "--quiet", "--detach", revision)
    for line in git(folder, "ls-files", "--stage", "-z").split("\0"):
        facts, _, path = line.partition("\t")
        if facts.startswith(GITLINK):
            try:
                check_out(root_of_submodule(repository / path), facts.split()[1], folder / path, remarks)
            except InputError as error:
                remarks.append(f"the submodule {path} is missing: {error.what}")


def root_of_submodule(folder: Path) -> Path:
    """Return the folder of a submodule, if it has a repository of its own.

    Args:
        folder: Where the submodule belongs.

    Raises:
        InputError: It is empty, because nobody has fetched it.
    """
    if not (folder / ".git").exists():
        raise InputError("nobody has fetched it", hint="run `git submodule update --init`")
    return folder


def _apply(patch: Path, folder: Path) -> None:
    if not patch.is_file():
        raise InputError(f"there is no patch {patch}", hint="a relative path starts in the folder that perflab runs in")
    try:
        git(folder, "apply", "--whitespace=nowarn", str(patch))
    except InputError as error:
        raise InputError(f"the patch {patch.name} does not apply: {error.what}") from error


def _copy_working_tree(repository: Path, folder: Path) -> None:
    """Copy what git has and what is new; not what it ignores. A copy cannot change while it is measured."""
    listed = git(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted({name for name in listed.split("\0") if name}):
        source = repository / name
        if source.is_dir() and not source.is_symlink():
            if (source / ".git").exists():
                _copy_working_tree(source, folder / name)
            continue
        if source.is_symlink() or source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name, follow_symlinks=False)


def _copy(repository: Path, name: str, folder: Path) -> None:
    source = Path(os.path.abspath(repository / name))
    if not source.is_relative_to(repository) or not source.exists():
        raise InputError(
            f"subject.files: there is no {name} in the working tree", hint="name it relative to the repository's root"
        )
    target = folder / source.relative_to(repository)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, symlinks=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
