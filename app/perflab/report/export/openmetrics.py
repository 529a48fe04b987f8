"""A run's results as OpenMetrics text, version 1.0.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/).

Points have no timestamps: Prometheus and node_exporter's textfile collector take the moment of the scrape, and refuse old
ones. When the run began is a gauge of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perflab.report.export.series import Exported, Metric


def openmetrics(exported: Exported) -> str:
    """Return the text, which ends with `# EOF`.

    Args:
        exported: What is exported.
    """
    return "".join(f"{line}\n" for line in _lines(exported))


def _lines(exported: Exported) -> Iterator[str]:
    yield from _header("perflab_run", "info", "", "The run that the other metrics are from.")
    yield _sample("perflab_run_info", tuple(exported.about.items()), "1")
    if exported.started_at is not None:
        yield from _header("perflab_run_start_time_seconds", "gauge", "seconds", "When the run began, since 1970.")
        own = tuple((name, text) for name, text in exported.about.items() if name in ("scenario", "profile"))
        yield _sample("perflab_run_start_time_seconds", own, repr(exported.started_at.timestamp()))
    for metric in exported.metrics:
        yield from _header(metric.name, "stateset" if metric.states else "gauge", metric.unit, metric.help)
        for labels, value in metric.points.items():
            yield from _samples(metric, labels, value)
    yield "# EOF"


def _header(name: str, kind: str, unit: str, text: str) -> Iterator[str]:
    yield f"# TYPE {name} {kind}"
    if unit:
        yield f"# UNIT {name} {unit}"
    yield f"# HELP {name} {escaped(text)}"


def _samples(metric: Metric, labels: Sequence[tuple[str, str]], value: float | str) -> Iterator[str]:
    """Yield the sample of a number; of a state set one for each state, under a label that has the metric's name."""
    if not metric.states:
        yield _sample(metric.name, labels, repr(float(value)))
        return
    for state in metric.states:
        yield _sample(metric.name, (*labels, (metric.name, state)), "1" if state == value else "0")


def _sample(name: str, labels: Sequence[tuple[str, str]], value: str) -> str:
    inside = ",".join(f'{label}="{escaped(text)}"' for label, text in labels)
    return f"{name}{{{inside}}} {value}" if inside else f"{name} {value}"


def escaped(text: str) -> str:
    r"""Return a text with `\`, `"` and line feeds escaped, as it stands between quotation marks.

    Args:
        text: The text.
    """
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
