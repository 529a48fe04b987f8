"""`perflab comment`: say what a pull request changed, as a file or as a comment that is edited in place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from perflab import __version__
from perflab.cli.posting import artifact, github, gitlab
from perflab.cli.posting.post import post
from perflab.errors import InputError
from perflab.notebook import project
from perflab.report import build
from perflab.report import text as report_text
from perflab.report.comment import markdown
from perflab.report.comment.between_runs import changes_between
from perflab.report.comment.changes import Changes
from perflab.report.comment.sarif import sarif
from perflab.report.comment.within_run import changes_within
from perflab.run import store, writer
from perflab.run.store import Run
from perflab.run.summary import Summary

Place = Literal["github", "gitlab"]


@dataclass(frozen=True)
class Options:
    """What the command was given.

    Attributes:
        run: The run: a directory, a run_id or `latest`; None where a file has what it says.
        baseline: The run that it is compared with.
        source: The file that `--json` wrote, in place of a run.
        output: The file that gets the comment.
        summary: The file that gets the longer text for a job's summary.
        json: The file that gets what another job posts.
        sarif: The file that gets the findings with a line of code.
        name: The comment's name in its marker; the scenario's by default.
        link: The address of the report; that of the workflow by default.
        post: Where to post.
        event: The file with the event that started the workflow.
        folder: The project's folder in its repository.
        allow_loosened: Whether the scenario may ask less than the baseline's.
    """

    run: str | None = None
    baseline: str | None = None
    source: Path | None = None
    output: Path | None = None
    summary: Path | None = None
    json: Path | None = None
    sarif: Path | None = None
    name: str | None = None
    link: str | None = None
    post: Place | None = None
    event: Path | None = None
    folder: str = ""
    allow_loosened: bool = False


def comment(options: Options) -> str:
    """Make the comment, write and post what is wanted, and return what to print.

    Args:
        options: What the command was given.

    Raises:
        InputError: The runs cannot be compared, or the options contradict each other.
        PostError: GitHub or GitLab refuses.
    """
    if options.run is not None and options.source is not None:
        raise InputError("both RUN and --from are given", hint="give one of them")
    if options.run is None and (options.baseline or options.sarif):
        raise InputError("--baseline and --sarif need RUN", hint="name the run that is compared, or has the findings")
    if options.post == "github":
        return _to_github(options)
    if options.post == "gitlab":
        return _to_gitlab(options)
    changes = _changes(options)
    text = markdown.comment(changes, options.name, options.link or _link())
    files = (options.output, options.summary, options.json, options.sarif)
    return text.rstrip("\n") if files == (None,) * 4 else f"changed={'true' if changes.changed else 'false'}"


def _changes(options: Options) -> Changes:
    """Return what changed, and write the files that are wanted."""
    if options.source is not None:
        try:
            changes, summary, run = artifact.read(options.source.read_bytes()), None, None
        except OSError as error:
            raise InputError(f"cannot read {options.source}: {error.strerror or error}") from error
    elif options.run is not None:
        run = _load(options.run)
        changes, summary = _measured(run, options)
    else:
        raise InputError("no run is given", hint="give RUN, such as `latest`, or --from FILE")
    _write(options, changes, summary, run)
    return changes


def _measured(run: Run, options: Options) -> tuple[Changes, Summary]:
    """Return what changed, and the run's summary, which takes seconds: it is made once."""
    if options.baseline is None:
        if not run.complete:
            raise InputError(
                f"the run {run.run_id} is {run.status}: nothing can be concluded from it",
                hint="choose a run that is complete",
            )
        summary = build(run)
        return changes_within(run, summary), summary
    baseline = _load(options.baseline)
    if baseline.directory.resolve() == run.directory.resolve():
        raise InputError(f"the run {run.run_id} would be its own baseline", hint="name an earlier run")
    summary = build(run)
    changes = changes_between(run, baseline, summary, build(baseline), allow_loosened=options.allow_loosened)
    return changes, summary


def _write(options: Options, changes: Changes, summary: Summary | None, run: Run | None) -> None:
    link = options.link or _link()
    if options.output is not None:
        writer.write_text(options.output, markdown.comment(changes, options.name, link))
    if options.summary is not None:
        report = "" if summary is None or run is None else report_text.markdown(summary, run)
        writer.write_text(options.summary, markdown.job_summary(changes, report, link))
    if options.json is not None:
        writer.write_json(options.json, changes.as_dict())
    if options.sarif is not None and summary is not None and run is not None:
        writer.write_json(options.sarif, sarif(summary, run, __version__, options.folder))


def _to_github(options: Options) -> str:
    path = options.event or Path(os.environ.get("GITHUB_EVENT_PATH") or "event.json")
    event = github.Event.read(path, os.environ.get("GITHUB_REPOSITORY", ""))
    token = os.environ.get("GITHUB_TOKEN", "")
    if not token:
        raise InputError("there is no token", hint="set GITHUB_TOKEN to ${{ github.token }}")
    api = github.api_of(os.environ.get("GITHUB_API_URL") or "https://api.github.com", token)
    number = github.number_of(api, event)
    has_input = options.run is not None or options.source is not None
    changes = _changes(options) if has_input else github.measured_by(api, event)
    body = markdown.comment(changes, options.name, options.link or event.link or _link())
    return post(github.PullRequest(api, event.repository, number), body, changed=changes.changed)


def _to_gitlab(options: Options) -> str:
    variables = ("CI_API_V4_URL", "GITLAB_TOKEN", "CI_JOB_TOKEN", "CI_PROJECT_ID", "CI_MERGE_REQUEST_IID")
    address, token, job_token, number, merge_request = (os.environ.get(name, "") for name in variables)
    place = gitlab.merge_request(address or "https://gitlab.com/api/v4", token, job_token, number, merge_request)
    changes = _changes(options)
    return post(place, markdown.comment(changes, options.name, options.link or _link()), changed=changes.changed)


def _link() -> str | None:
    """Return the page of the workflow or job that this is a step of; None elsewhere."""
    parts = [os.environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    if all(parts):
        return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}"
    return os.environ.get("CI_JOB_URL") or None


def _load(which: str) -> Run:
    return store.load(which, project.reports(project.root()))
