"""A share of so many tries, and what it says of the probability behind it: its exact binomial interval."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats

from tests.benchmarks.table import Result


@dataclass(frozen=True)
class Share:
    """`count` of `of`. The interval is Clopper and Pearson's (Biometrika 1934): it covers at least as often as it says."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        return self.count / self.of if self.of else None

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Its ends; 0 to 1 where nothing was tried."""
        if not self.of:
            return 0.0, 1.0
        interval = stats.binomtest(self.count, self.of).proportion_ci(confidence, "exact")
        return float(interval.low), float(interval.high)

    def text(self) -> str:
        return "-" if self.value is None else f"{self.value * 100:.2f}%"

    def between(self) -> str:
        low, high = self.interval()
        return f"{low * 100:.1f}-{high * 100:.1f}%"

    def cells(self) -> list[str]:
        """Count, share and exact interval, for a table's row."""
        return [f"{self.count:,} of {self.of:,}", self.text(), self.between()]

    def verdict(self, least: float = 0.0, most: float = 1.0) -> str:
        """Whether the share lies within these bounds; `but open` where its interval reaches past one of them."""
        if self.value is None:
            return "not measured"
        low, high = self.interval()
        met = least <= self.value <= most
        certain = (least <= low and high <= most) if met else (high < least or low > most)
        return ("met" if met else "not met") + ("" if certain else ", but open")

    def result(self, name: str, bound: float, at_most: bool = True) -> Result:
        """The share beside its target."""
        spread = f"{self.count} of {self.of}, exact interval {self.between()}"
        return Result(name, self.value, bound, at_most, spread=spread, between=self.interval())
