"""The cache's hit rate, modelled for more and less traffic and for more and less skewed traffic."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from perflab.analysis.caching.hit_rates import COLUMNS, HitRates
from perflab.report import lookup
from perflab.report.figures import theme
from perflab.report.figures.data import Data
from perflab.report.figures.figure import Figure
from perflab.units import clock, percent, seconds, significant

STYLES = ("--", "-", ":")
# Of the height of the figure: labels closer than that would overlap.
GAP = 0.06


class HitRateFigure(Figure):
    """A line for each exponent of the popularity, over the rate of requests; this run's own rate is marked."""

    section = "caching"
    compares = False
    in_seconds = False

    def table(self, data: Data) -> pd.DataFrame:
        """Return the lines: `rate_per_s`, `zipf`, `hit_rate`."""
        return pd.DataFrame(columns=list(COLUMNS)) if data.hit_rates is None else data.hit_rates.lines

    def nothing(self, data: Data) -> str:
        return (
            "Hit rates under other traffic are unknown: the model needs lookups, times to live and a trace of this run."
        )

    def height_in_rows(self, rows: pd.DataFrame) -> int:
        return 2 if rows.empty else 10

    def headline(self, data: Data) -> str:
        rates = data.hit_rates
        if rates is None:
            return "The hit rate under other traffic is unknown"
        here = f"this scenario has {rates.rate_per_s:,g}"
        if rates.bound is None:
            return f"{percent(rates.here, 0)} of lookups hit once caches are warm; {here} requests per second"
        bound = percent(rates.bound, 0)
        if rates.crossing is None:
            most = percent(rates.ceiling, 0)
            skew = f"this scenario's Zipf exponent of {rates.zipf:g}"
            return f"With {skew}, a hit rate of {bound} is out of reach: at most {most}, at any request rate"
        return f"A hit rate of {bound} requires about {significant(rates.crossing, 2)} requests per second; {here}"

    def subtitle(self, data: Data) -> str:
        rates = data.hit_rates
        if rates is None:
            return "Share of cache lookups that hit, by requests per second."
        return (
            f"Modelled share of {_lookups(data)} that hit once caches are warm, by requests per second on a logarithmic scale, "
            "from the scenario's mix, its writes and the times to live. The higher the Zipf exponent, the more often the same "
            f"response is requested. {percent(rates.after_writes, 0)} of the lookups are the first after a write and must "
            "miss."
        )

    def alt(self, data: Data) -> str:
        rates = data.hit_rates
        assert rates is not None  # else the table is empty
        lines = rates.lines.groupby("zipf")["hit_rate"]
        ends = "; ".join(f"Zipf {z:g}: {percent(v.iloc[0], 0)} to {percent(v.iloc[-1], 0)}" for z, v in lines)
        slowest, fastest = (significant(rates.lines["rate_per_s"].agg(end), 2) for end in ("min", "max"))
        warm = f"At {rates.rate_per_s:,g} requests per second it is {percent(rates.here, 0)} once caches are warm."
        trend = f"From {slowest} to {fastest} requests per second the hit rate rises: {ends}."
        return f"Line chart. {self.headline(data)}. {trend} {warm} {_measured(rates)}"

    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        rates = data.hit_rates
        assert rates is not None  # else the table is empty
        _lines(ax, rates)
        if rates.bound is not None:
            ax.axhline(rates.bound, color=theme.OFF, linewidth=1.2, linestyle=(0, (1, 1.5)))
            ax.annotate(
                f"claimed: {percent(rates.bound, 0)}", (1, rates.bound), xycoords=ax.get_yaxis_transform(), xytext=(-4, 3),
                textcoords="offset points", ha="right", fontsize=8.5,
            )  # fmt: skip
        _run(ax, rates)
        _scales(ax)
        theme.note(ax, _measured(rates))


def _lookups(data: Data) -> str:
    """Which lookups these are: those that the claim is about."""
    claim = lookup.claim_about(data.summary, "cache_hit_rate")
    if claim is None or claim.scope in (None, "all"):
        return "all cache lookups"
    return f"the cache lookups by {claim.scope}{' requests' if claim.scope == 'audited' else ''}"


def _measured(rates: HitRates) -> str:
    """What was measured, and what the rounds start from."""
    if rates.measured is None:
        return "Nothing was measured."
    ends = "" if rates.low is None or rates.high is None else f" ({percent(rates.low, 0)} to {percent(rates.high, 0)})"
    rate = f"{percent(rates.measured, 0)}{ends}"
    start = f"after {clock(rates.warm_s)} of traffic" if rates.warm_s else "which start from empty caches"
    return f"Measured in this run's rounds of {seconds(rates.round_s)}, {start}: {rate}."


def _scales(ax: Axes) -> None:
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0,), numticks=20))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: significant(rate, 1)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.minorticks_off()
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: percent(share, 0)))
    ax.set_ylim(0, 1)
    ax.set_xlabel("requests per second")
    ax.grid(axis="y")


def _lines(ax: Axes, rates: HitRates) -> None:
    """A line for each exponent, labelled where lines are furthest apart: at the left."""
    groups = list(rates.lines.groupby("zipf"))
    own = [zipf for zipf, _ in groups].index(rates.zipf)
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
    slowest, fastest = rates.lines["rate_per_s"].min(), rates.lines["rate_per_s"].max()
    ax.set_xlim(slowest / (fastest / slowest) ** 0.22, fastest)


def apart(values: Sequence[float], gap: float) -> list[float]:
    """Return values moved up until none is closer than `gap` to the one below.

    Args:
        values: Where labels would stand.
        gap: The least distance between two.
    """
    places = dict.fromkeys(range(len(values)), 0.0)
    last = float("-inf")
    for number in sorted(range(len(values)), key=lambda n: values[n]):
        last = places[number] = max(values[number], last + gap)
    return [places[number] for number in range(len(values))]


def _run(ax: Axes, rates: HitRates) -> None:
    """This scenario: modelled with warm caches, and as measured with its interval."""
    at = rates.rate_per_s
    ax.axvline(at, color=theme.GRID, linewidth=1, zorder=0)
    ax.plot(at, rates.here, "s", markersize=7, color=theme.ON, zorder=4, label="this scenario, caches warm (modelled)")
    if rates.measured is not None:
        if rates.low is not None and rates.high is not None:
            ax.plot([at, at], [rates.low, rates.high], color=theme.INK, linewidth=1.6, zorder=3)
        ax.plot(at, rates.measured, "o", markersize=6, color=theme.INK, zorder=4, label="measured, from empty caches")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, handletextpad=0.3, borderpad=0)


FIGURE = HitRateFigure()
