"""The cache's hit rate under more and less traffic, and under traffic that is more and less alike."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from perflab.analysis.caching.hit_rates import COLUMNS, HitRates
from perflab.report.figures import theme
from perflab.report.figures.data import Data
from perflab.units import percent, seconds, significant

NOTHING = "Hit rates under other traffic cannot be told: that takes lookups, times to live and a trace of this run."
STYLES = ("--", "-", ":")
# Of the height of the figure: closer than that, labels would overlap.
GAP = 0.06


def headline(data: Data) -> str:
    found = data.hit_rates
    if found is None:
        return "The hit rate under other traffic is unknown"
    here = f"this scenario has {found.rate_per_s:,g}"
    if found.bound is None:
        return f"Once its caches are warm, {percent(found.here, 0)} of lookups hit; {here} requests a second"
    if found.crossing is None:
        most = percent(found.ceiling, 0)
        return (
            f"{percent(found.bound, 0)} hits are out of reach with this traffic: however much of it, at most {most} hit"
        )
    return f"{percent(found.bound, 0)} hits need about {significant(found.crossing, 2)} requests a second; {here}"


def subtitle(data: Data) -> str:
    found = data.hit_rates
    if found is None:
        return "Share of cache lookups that hit, by requests a second."
    return (
        "Share of cache lookups that hit once caches are warm, by requests a second on a logarithmic scale, as the scenario's "
        "mix, its writes and the times to live make it. The higher the Zipf exponent, the more often the same is asked for. "
        f"{percent(found.after_writes, 0)} of the lookups are the first after a write to what they ask for, and cannot hit."
    )


def table(data: Data) -> pd.DataFrame:
    """The lines: `rate_per_s`, `zipf`, `hit_rate`."""
    return pd.DataFrame(columns=list(COLUMNS)) if data.hit_rates is None else data.hit_rates.lines


def alt(data: Data) -> str:
    found = data.hit_rates
    if found is None:
        return f"Empty chart. {NOTHING}"
    lines = found.lines.groupby("zipf")["hit_rate"]
    ends = "; ".join(f"Zipf {z:g}: {percent(v.iloc[0], 0)} to {percent(v.iloc[-1], 0)}" for z, v in lines)
    slowest, fastest = (significant(found.lines["rate_per_s"].agg(end), 2) for end in ("min", "max"))
    said = f"At {found.rate_per_s:,g} requests a second it is {percent(found.here, 0)} once caches are warm."
    return (
        f"Line chart. {headline(data)}. From {slowest} to {fastest} requests a second the hit rate rises: {ends}. {said} "
        f"{_point(found)}."
    )


def _point(found: HitRates) -> str:
    """Return what was measured, from empty caches."""
    if found.measured is None:
        return "The run measured no hit rate"
    interval = (
        "" if found.low is None or found.high is None else f" ({percent(found.low, 0)} to {percent(found.high, 0)})"
    )
    return f"This run's rounds of {seconds(found.round_s)} from empty caches had {percent(found.measured, 0)}{interval}"


def draw(data: Data, ax: Axes | None = None) -> Axes:
    found = data.hit_rates
    with theme.applied():
        ax = theme.axes(10 if found else 2) if ax is None else ax
        if found is None:
            return theme.placeholder(ax, NOTHING)
        _lines(ax, found)
        if found.bound is not None:
            ax.axhline(found.bound, color=theme.OFF, linewidth=1.2, linestyle=(0, (1, 1.5)))
            ax.annotate(
                f"claimed: {percent(found.bound, 0)}", (1, found.bound), xycoords=ax.get_yaxis_transform(), xytext=(-4, 3),
                textcoords="offset points", ha="right", fontsize=8.5,
            )  # fmt: skip
        _run(ax, found)
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0,), numticks=20))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda r, _: significant(r, 1)))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.minorticks_off()
        ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: percent(share, 0)))
        ax.set_ylim(0, 1)
        ax.set_xlabel("requests a second")
        ax.grid(axis="y")
        theme.note(ax, f"{_point(found)}.")
    return ax


def _lines(ax: Axes, found: HitRates) -> None:
    """A line for each exponent, its label where lines are furthest apart: at the left."""
    groups = list(found.lines.groupby("zipf"))
    own = [zipf for zipf, _ in groups].index(found.zipf)
    places = apart([float(line["hit_rate"].iloc[0]) for _, line in groups], GAP)
    for number, ((zipf, line), place) in enumerate(zip(groups, places, strict=True)):
        is_own = number == own
        ax.plot(
            line["rate_per_s"], line["hit_rate"], linestyle=STYLES[1 + (number > own) - (number < own)], zorder=2,
            color=theme.ON if is_own else theme.MUTED, linewidth=2 if is_own else 1.4,
        )  # fmt: skip
        ax.annotate(
            f"Zipf {zipf:g}{' (this scenario)' if is_own else ''} ", (float(line["rate_per_s"].iloc[0]), place), ha="right",
            va="center", fontsize=8.5, fontweight="bold" if is_own else "normal", backgroundcolor=theme.PAPER,
        )  # fmt: skip
    slowest, fastest = found.lines["rate_per_s"].min(), found.lines["rate_per_s"].max()
    ax.set_xlim(slowest / (fastest / slowest) ** 0.22, fastest)


def apart(values: Sequence[float], gap: float) -> list[float]:
    """The same values, moved up as far as it takes for none to be closer than `gap` to the one below."""
    places = dict.fromkeys(range(len(values)), 0.0)
    last = float("-inf")
    for number in sorted(range(len(values)), key=lambda n: values[n]):
        last = places[number] = max(values[number], last + gap)
    return [places[number] for number in range(len(values))]


def _run(ax: Axes, found: HitRates) -> None:
    """Draw this scenario: in steady state, and as measured with its interval."""
    at = found.rate_per_s
    ax.axvline(at, color=theme.GRID, linewidth=1, zorder=0)
    ax.plot(at, found.here, "s", markersize=7, color=theme.ON, zorder=4, label="this scenario, caches warm")
    if found.measured is not None:
        if found.low is not None and found.high is not None:
            ax.plot([at, at], [found.low, found.high], color=theme.INK, linewidth=1.6, zorder=3)
        ax.plot(at, found.measured, "o", markersize=6, color=theme.INK, zorder=4, label="measured, from empty caches")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, handletextpad=0.3, borderpad=0)
