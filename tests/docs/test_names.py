"""What the documents name is there: commands and options, tasks, parameters, keys, modules, files, links."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from perflab.cli.main import perflab as command_line
from perflab.notebook.parameters import changeable
from perflab.scenario.models import Scenario
from tests.docs.markdown import DOCUMENTS, PROJECT, TUTORIAL, Document

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)

# Files that are nowhere in the project, and why the documents name them all the same.
ELSEWHERE = {
    "scenarios/mine.yaml": "a reader's own scenario",
    "app/perflab/scenario/factors/jit.py": "a factor that a contributor may add",
    "reports/index.html": "written by every run",
    "db.sqlite3": "made by Django",
    "lab/scenario.yaml": "written by `perflab init`",
    "requirements.txt": "a reader's own packages",
    "pylock.toml": "the same, locked by pip, PDM or uv",
    "comment.md": "written by `perflab comment`",
}
# Where a name without a folder may be, in a sentence that says which folder is meant.
FOLDERS = (
    "app/perflab",
    ".",
    ".github/workflows",
    "app/perflab/scenario/factors",
    "app/perflab/scenario/output",
    "app/perflab/scenario",
)
# What a run's directory holds.
OF_A_RUN = {"summary.html", "summary.json", "summary.md", "run.json", "junit.xml", "samples/", "figures/"}
# Whose options these are: not perflab's.
OPTIONS_OF_OTHERS = {
    "--csv": "psql",
    "--access-logformat": "gunicorn",
    "--no-deps": "pip",
    "--sound": "python -m tests.faults",
    "--perflab-budget": "pytest",
}
SUFFIXES = r"py|md|yaml|yml|toml|txt|json|html|css|ipynb|cff|xml|sqlite3"


def calls(document: Document) -> Iterator[list[str]]:
    """The words of every `perflab COMMAND ...` that a document shows."""
    for code in document.code:
        code = re.sub(r"\$\([^)]*\)", "...", code)  # what another command answers
        for arguments in re.findall(r"(?:^|[\s;(/])perflab ((?:[a-z]+\b)[^;|>&)]*)", code):
            yield shlex.split(arguments)


@each_document
def test_every_command_and_option_of_perflab_exists(document: Document) -> None:
    """Read as the command itself would read it, placeholders such as RUN and all; nothing is run."""
    for name, *arguments in calls(document):
        assert name in command_line.commands, f"there is no `perflab {name}`"
        command = command_line.commands[name]
        arguments = [argument for argument in arguments if argument != "..."]
        try:
            command.make_context(name, [*arguments], resilient_parsing=True)
        except click.UsageError as error:
            pytest.fail(f"perflab {name} {' '.join(arguments)}: {error.message}")
        unknown = {word.split("=")[0] for word in arguments if word.startswith("-")} - options(command)
        assert unknown == set(), f"perflab {name} has no such option"


def options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)} | {
        "-h",
        "--help",
    }


@each_document
def test_every_option_that_stands_alone_is_one_of_perflab(document: Document) -> None:
    options_of_perflab = set().union(*map(options, command_line.commands.values())) | {"--version"}
    alone = {span.split()[0].split("=")[0] for span in document.spans if span.startswith("-")}
    assert alone - options_of_perflab - set(OPTIONS_OF_OTHERS) == set()


@each_document
def test_every_parameter_can_be_changed(document: Document) -> None:
    named = set(re.findall(r"(?<![\w-])-p ([a-z_]+)=", document.text))
    assert named <= set(changeable())


def test_every_command_of_perflab_is_documented() -> None:
    shown = {name for document in DOCUMENTS[:1] for name, *_ in calls(document)}
    assert shown == set(command_line.commands)


def tasks() -> set[str]:
    phony = re.search(r"^\.PHONY: (.*)$", (PROJECT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert phony is not None
    return set(phony[1].replace("$(VENV)", ".venv").split())


def tasks_of(document: Document) -> set[str]:
    matches = (re.match(r"make ([.a-z-]+)\b", code) for code in document.code)
    return {match[1] for match in matches if match}


@each_document
def test_every_task_of_make_exists(document: Document) -> None:
    assert tasks_of(document) <= tasks()


def test_every_task_of_make_is_documented() -> None:
    shown = set().union(*(tasks_of(document) for document in DOCUMENTS))
    assert tasks() - shown == set(), "say in README.md or CONTRIBUTING.md what it is for"


@each_document
def test_every_module_that_is_run_exists(document: Document) -> None:
    for code in document.code:
        for module in re.findall(r"python -m ([\w.]+)", code):
            assert importlib.util.find_spec(module) is not None, code


@each_document
def test_every_variable_of_the_environment_is_read(document: Document) -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "app").rglob("*.py"))
    for name in set(re.findall(r"\bPERFLAB_[A-Z_]+", document.text)):
        assert f'"{name}"' in source, name


@each_document
def test_every_key_of_a_scenario_exists(document: Document) -> None:
    parts = {name: field.annotation for name, field in Scenario.model_fields.items()}
    for span in document.spans:
        key = re.fullmatch(r"(subject|data|traffic|precision|prices)\.(\w+)(: .*)?", span)
        if key and key[2] != "py":
            fields = getattr(parts[key[1]], "model_fields", None)
            assert fields is None or key[2] in {field.alias or name for name, field in fields.items()}, span


def files_of(document: Document) -> set[str]:
    """Spans that are a path: with a folder, or with an ending that files have; none with a placeholder."""
    path = re.compile(rf"\.{{0,2}}[\w.-]*(?:/[\w.-]+)*(?:/|\.(?:{SUFFIXES}))")
    return {span for span in document.spans if path.fullmatch(span) and not span.startswith("/")}


def written() -> set[str]:
    """Files that a reader of the tutorial writes, also by their bare names, and the runs of its scenarios."""
    labels = {Path(block.label) for block in TUTORIAL.blocks if block.label}
    runs = {f"reports/{label.stem}/" for label in labels if label.parent == Path("scenarios")}
    return {str(label) for label in labels} | {label.name for label in labels} | runs


@each_document
def test_every_file_exists(document: Document) -> None:
    own = written() if document == TUTORIAL else {block.label for block in document.blocks if block.label}
    places = [PROJECT / folder for folder in FOLDERS]
    missing = {
        name
        for name in files_of(document) - own - OF_A_RUN - set(ELSEWHERE)
        if not any((place / name).exists() for place in places)
    }
    assert missing == set()


def test_paths_are_recognised() -> None:
    document = Document(PROJECT / "README.md")
    document.__dict__["spans"] = ["docs/method.md", "x.py", ".ci/run", "run.effects()", "a/b", "<name>.py", "settings"]
    assert files_of(document) == {"docs/method.md", "x.py"}


@each_document
def test_every_link_leads_somewhere(document: Document) -> None:
    for link in document.links:
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (document.path.parent / path).resolve() if path else document.path
        assert target.exists(), link
        if anchor:
            assert anchor in Document(target).anchors, link


def test_every_document_is_linked_from_the_readme() -> None:
    readme = Document(PROJECT / "README.md")
    linked = {(PROJECT / link.partition("#")[0]).resolve() for link in readme.links if "://" not in link}
    assert {path.name for path in (PROJECT / "docs").glob("*.md") if path not in linked} == set()


def test_citation_names_this_version() -> None:
    import perflab

    citation = (PROJECT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {perflab.__version__}\n" in citation
    assert Path(PROJECT / "LICENSE").read_text(encoding="utf-8").startswith("MIT") == ("\nlicense: MIT\n" in citation)
