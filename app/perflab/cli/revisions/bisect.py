"""`perflab bisect`: which commit changed a figure, by duels of commits between a good and a bad one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import exp, log
from pathlib import Path

from perflab.analysis.searching import Look, Search, suspects
from perflab.analysis.stats.pairs import Pairs
from perflab.cli.revisions.duel import duel, scenario_in
from perflab.errors import InputError, PerflabError, did_you_mean
from perflab.experiment.revisions.trees import commit_of, git, root_of
from perflab.run.cells import ALL, BASELINE, OPTIMISED, TWIN, TWIN_OFF
from perflab.run.metrics import COUNTED, EFFECT_METRICS, PAIRED_MEDIAN, title_of
from perflab.run.store import Run, load
from perflab.units import counted, percent

Measure = Callable[[str], Look | None]
# A figure that varies much needs several looks at the same commit; so many are enough for any history.
MOST_LOOKS = 24
SERVICE_TIME = "latency_s"
RESPONSES = "changed_responses"


def bisect(
    good: str,
    bad: str,
    metric: str,
    endpoint: str | None,
    scenario: Path | None,
    profile: str,
    minutes: float,
    sure: float,
    *,
    packages: str | None = None,
    say: Callable[[str], None],
    measure: Callable[[str, str], Look | None] | None = None,
) -> str:
    """Find the commit that changed a figure, and return what to print.

    Args:
        good: A revision before the change.
        bad: A revision after it.
        metric: The figure: a column of the samples, or `changed_responses`.
        endpoint: The endpoint whose figure it is; None for all requests.
        scenario: The scenario's file; None finds it.
        profile: Profile of the scenario, for the size of its data.
        minutes: How long each duel may take.
        sure: Stop once a commit has this probability.
        packages: The file of each commit that pins its packages; None is the same for all.
        say: Prints what each duel has shown.
        measure: Compares two revisions; None runs a duel.

    Raises:
        InputError: There are no commits between the two, or no change to look for.
    """
    if metric not in (names := (*EFFECT_METRICS, RESPONSES)):
        raise InputError(f"there is no metric {metric!r}", hint=did_you_mean(metric, names))
    repository = root_of(Path.cwd())
    base, tip = commit_of(repository, good), commit_of(repository, bad)
    commits = git(repository, "rev-list", "--reverse", "--first-parent", f"{base}..{tip}").split()
    if not commits:
        raise InputError(f"there is no commit after {good} up to {bad}", hint="the older revision comes first")
    if measure is None:
        path = scenario or scenario_in(Path.cwd())
        statistic: str | None = None

        def measure(before: str, after: str) -> Look | None:
            nonlocal statistic
            ended = duel(before[:12], after[:12], path, profile, minutes, packages=packages, quiet=True)
            run = load(ended.directory)
            if metric == RESPONSES:
                return look_at_responses(run, endpoint)
            statistic = statistic or sharper(run, metric, endpoint)
            return look_at(run, metric, endpoint, statistic)

    compare = measure
    whole = compare(base, tip)
    title = "responses" if metric == RESPONSES else title_of(metric)
    name = f"{title}{f' of {endpoint}' if endpoint else ''}"
    if whole is None or not _is_change(whole):
        raise InputError(
            f"{name}: no sure change between {good} and {bad}{'' if whole is None else f': {_change(whole, metric)}'}",
            hint="give it more --minutes, or another --metric",
        )
    say(f"{counted(len(commits), 'commit')}, {name}: {_change(whole, metric)}")
    search = Search(commits, whole)
    for commit, look in _looks(search, lambda commit: _tried(lambda: compare(base, commit), say, commit), sure):
        best, probability = search.best
        say(f"{commit[:12]}  {_change(look, metric)}; most probably {best[:12]} ({percent(probability)})")
    return _result(repository, search, sure, name)


def sharper(run: Run, metric: str, endpoint: str | None) -> str:
    """Return the statistic by which a change is the more certain: the mean, or of service times the paired median.

    It is chosen once, by the good revision against the bad one, and holds for all looks between them.

    Args:
        run: The saved run of these two.
        metric: The figure.
        endpoint: An endpoint, or None for all requests.
    """
    looks = {"mean": look_at(run, metric, endpoint)}
    if metric == SERVICE_TIME:
        looks[PAIRED_MEDIAN] = look_at(run, metric, endpoint, PAIRED_MEDIAN)
    errors = {name: abs(look.log_ratio) / max(look.standard_error, 1e-9) for name, look in looks.items() if look}
    return max(errors, key=lambda name: errors[name], default="mean")


def look_at(run: Run, metric: str, endpoint: str | None, statistic: str = "mean") -> Look | None:
    """Return what a duel measures of a figure; None where it measures nothing.

    A count that is the same in identical cells has no error: whatever else differs is the revision's doing.

    Args:
        run: The saved run.
        metric: The figure.
        endpoint: An endpoint, or None for all requests.
        statistic: The statistic that is compared.
    """
    from perflab.analysis.effects.effects import compare  # pandas and scipy, 0.5 s
    from perflab.analysis.summary import arranged

    pairs = arranged(run)
    table = compare(pairs, metric, BASELINE, OPTIMISED, "endpoint" if endpoint else None, statistic)
    rows = table[table["endpoint"] == (endpoint or ALL)]
    if not len(rows) or not rows["ratio"].notna().all() or not rows["ratio"].iloc[0] > 0:
        return None
    row = rows.iloc[0]
    if metric in COUNTED and _is_repeatable(pairs, metric):
        return Look(log(row["ratio"]), 0.0, int(row["rounds"]))
    if not row["standard_error"] >= 0:  # unknown, as with too few rounds: it is not 0
        return None
    return Look(log(row["ratio"]), float(row["standard_error"]), int(row["rounds"]))


def _is_repeatable(pairs: Pairs, metric: str) -> bool:
    """Tell whether identical cells have the same values in each measured request."""
    pairs = Pairs.of(pairs)
    values = pairs.values(metric)
    for cell, control in ((BASELINE, TWIN_OFF), (OPTIMISED, TWIN)):
        here, there = pairs.column(cell), pairs.column(control)
        if here is None or there is None:
            return False
        difference = values[:, here] - values[:, there]
        if (difference[difference == difference] != 0).any():  # NaN where a cell has none
            return False
    return True


def look_at_responses(run: Run, endpoint: str | None) -> Look | None:
    """Return whether responses differ in a duel: 1 if some do, else 0, without error; None where none were compared.

    Args:
        run: The saved run.
        endpoint: An endpoint, or None for all requests.
    """
    from perflab.analysis.responses.equivalence import changed_answers  # pandas and scipy, 0.5 s
    from perflab.analysis.summary import answers_of, arranged

    pairs = arranged(run)
    counts = changed_answers(
        pairs, OPTIMISED, BASELINE, None if endpoint is None else [endpoint], answers_of(run, pairs)
    )
    if not counts.compared:
        return None
    return Look(float(counts.changed > 0), 0.0, int(pairs.of_steps("round").nunique()))


def _is_change(look: Look) -> bool:
    return abs(look.log_ratio) > 3 * look.standard_error and abs(look.log_ratio) > 0


def _change(look: Look, metric: str) -> str:
    if metric == RESPONSES:
        return "some differ" if look.log_ratio else "all are the same"
    error = f"standard error {look.standard_error:.1%}" if look.standard_error else "exact"
    return f"{exp(look.log_ratio) - 1:+.1%} ({error})"


def _tried(measure: Callable[[], Look | None], say: Callable[[str], None], commit: str) -> Look | None:
    """Measure a commit; one whose project does not run is skipped, as `git bisect skip` does."""
    try:
        return measure()
    except PerflabError as error:
        say(f"{commit[:12]}  cannot be measured: {error}")
        return None


def _looks(search: Search, measure: Measure, sure: float) -> Iterator[tuple[str, Look]]:
    """Yield what each measured commit shows, until one is the one with enough probability or none could tell more."""
    for _ in range(MOST_LOOKS):
        if search.best[1] >= sure or (commit := search.next()) is None:
            break
        look = measure(commit)
        if look is None:
            search.skipped.add(commit)
            continue
        search.add(commit, look)
        yield commit, look


def _result(repository: Path, search: Search, sure: float, name: str) -> str:
    """Return the commits that may be the one, with their probabilities and subjects."""
    lines = []
    probabilities = dict(zip(search.commits, search.probability, strict=True))
    for commit in suspects(search, sure):
        subject = git(repository, "show", "--no-patch", "--format=%s", commit).strip()
        lines.append(
            f"{commit[:12]}  {percent(float(probabilities[commit]))}  {''.join(filter(str.isprintable, subject))}"
        )
    lead = f"{name} changed here:" if len(lines) == 1 else f"{name} changed in one of these:"
    return "\n".join([lead, *lines])
