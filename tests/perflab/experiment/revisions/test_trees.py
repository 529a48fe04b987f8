"""The code of a side in a folder of its own; the user's repository stays as it is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.experiment.revisions.trees import commit_of, ignored, root_of, tree_of
from perflab.scenario.factors.code import Code
from tests.perflab.repository import commit, git, write


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits, and what is not committed: a change, a new file, a file that git ignores."""
    folder = tmp_path / "checkout"
    commit(folder, {"a.py": "old\n", ".gitignore": "secret*\n"})
    commit(folder, {"a.py": "new\n", "b/c.py": "c\n"})
    write(folder, {"a.py": "newest\n", "d.py": "d\n", "secret.txt": "s\n"})
    return folder


def state(folder: Path) -> dict[str, str]:
    """All of a repository's files with what is in them."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def names(folder: Path) -> set[str]:
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path) for path in paths if path.parts[0] != ".git"}


def test_a_revision_is_checked_out_and_the_repository_only_read(repository: Path, tmp_path: Path) -> None:
    before = state(repository)
    tree = tree_of(repository, Code(revision="HEAD~1"), (), tmp_path / "off")
    assert (tree.folder / "a.py").read_text() == "old\n"
    assert names(tree.folder) == {"a.py", ".gitignore"}
    assert (tree.label, tree.revision, tree.is_changed) == ("HEAD~1", git(repository, "rev-parse", "HEAD~1"), False)
    assert state(repository) == before


def test_the_working_tree_is_copied_with_what_is_new_and_without_what_is_ignored(
    repository: Path, tmp_path: Path
) -> None:
    (repository / "b/c.py").touch()
    before = state(repository)
    tree = tree_of(repository, Code(), (), tmp_path / "on")
    assert (tree.folder / "a.py").read_text() == "newest\n"
    assert names(tree.folder) == {"a.py", "b/c.py", "d.py", ".gitignore"}
    assert (tree.revision, tree.is_changed) == (git(repository, "rev-parse", "HEAD"), True)
    assert state(repository) == before, "also not the index, which `git status` refreshes"


def test_a_file_that_is_gone_and_not_committed_is_not_copied(repository: Path, tmp_path: Path) -> None:
    (repository / "a.py").unlink()
    assert "a.py" not in names(tree_of(repository, Code(), (), tmp_path / "on").folder)


def test_files_that_git_ignores_come_along_by_name(repository: Path, tmp_path: Path) -> None:
    tree = tree_of(repository, Code(revision="HEAD"), ["secret.txt"], tmp_path / "on")
    assert (tree.folder / "secret.txt").read_text() == "s\n"
    for name in ("nothing.txt", "../checkout-of-others"):
        with pytest.raises(InputError, match=r"subject\.files: there is no "):
            tree_of(repository, Code(revision="HEAD"), [name], tmp_path / f"other-{len(name)}")


def test_a_patch_is_applied_to_its_revision(repository: Path, tmp_path: Path) -> None:
    patch = tmp_path / "x.patch"
    patch.write_text(git(repository, "diff", "HEAD~1", "HEAD", "--", "a.py") + "\n")
    tree = tree_of(repository, Code(revision="HEAD~1", patch=str(patch)), (), tmp_path / "on")
    assert (tree.folder / "a.py").read_text() == "new\n" and tree.is_changed
    with pytest.raises(InputError, match=r"the patch x\.patch does not apply: .*a\.py"):
        tree_of(repository, Code(patch=str(patch)), (), tmp_path / "again")
    with pytest.raises(InputError, match="there is no patch"):
        tree_of(repository, Code(patch="nowhere.patch"), (), tmp_path / "none")


def test_a_branch_may_be_one_of_origin(repository: Path, tmp_path: Path) -> None:
    git(repository, "update-ref", "refs/remotes/origin/release", "HEAD~1")
    assert commit_of(repository, "release") == git(repository, "rev-parse", "HEAD~1")


def test_what_is_no_revision_is_one_line(repository: Path) -> None:
    with pytest.raises(InputError, match="there is no revision nowhere; see `git branch --all`"):
        commit_of(repository, "nowhere")


def test_a_shallow_clone_says_how_to_get_the_history(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", "shallow")
    with pytest.raises(InputError, match="git fetch --unshallow"):
        commit_of(tmp_path / "shallow", "HEAD~1")
    assert names(tree_of(tmp_path / "shallow", Code(revision="HEAD"), (), tmp_path / "on").folder) >= {"a.py", "b/c.py"}


def test_a_submodule_comes_along_and_one_that_is_missing_is_told(repository: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    first = commit(library, {"lib.py": "1\n"})
    git(repository, "submodule", "--quiet", "add", f"file://{library}", "lib")
    commit(repository)
    commit(repository / "lib", {"lib.py": "2\n"})
    tree = tree_of(repository, Code(revision="HEAD"), (), tmp_path / "on")
    assert (tree.folder / "lib" / "lib.py").read_text() == "1\n", f"the commit that the project names, {first}"
    assert tree.remarks == ()
    copy = tree_of(repository, Code(), (), tmp_path / "copy")
    assert (copy.folder / "lib" / "lib.py").read_text() == "2\n", "the working tree has another one"
    git(tmp_path, "clone", "--quiet", f"file://{repository}", "bare-of-modules")
    without = tree_of(tmp_path / "bare-of-modules", Code(revision="HEAD"), (), tmp_path / "without")
    assert without.remarks == ("the submodule lib is missing: nobody has fetched it",)


def test_hooks_of_the_repository_are_not_run(repository: Path, tmp_path: Path) -> None:
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    hook.chmod(0o755)
    tree_of(repository, Code(revision="HEAD~1"), (), tmp_path / "off")
    assert not (tmp_path / "ran").exists()


def test_a_folder_outside_any_repository_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="revisions can only be compared in a git repository"):
        root_of(tmp_path)


def test_what_git_ignores_is_told_from_what_it_has(repository: Path, tmp_path: Path) -> None:
    places = [repository / name for name in ("secret.txt", "a.py", "nothing.txt")]
    assert ignored(repository, [*places, tmp_path]) == ["secret.txt"]
    assert ignored(tmp_path, places) == []
