"""The referee: holds the answers of each block against the baseline's while they are still at hand.

Workers send digests; only where two differ are the answers themselves asked for. A field that holds a time, a uuid or a
token, and another one in the twin, is noise: from then on it counts in no digest. All else that differs is kept, place by
place, for the analysis to judge.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from perflab.run import response
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.response import Difference, Document
from perflab.run.tables import Row
from perflab.units import cut

TWIN = "twin"
# Kept of one answer, of all answers of a cell to one endpoint in a round, and of one value: that something differs is counted
# by digests, and a few examples tell why.
MOST_PLACES, MOST_ANSWERS, LONGEST_VALUE = 5, 200, 2000


class Answering(Protocol):
    """What the referee needs of a worker."""

    def show(self, steps: Sequence[int]) -> list[Document | None]: ...

    def mask(self, endpoint: str, masks: Sequence[str]) -> None: ...


@dataclass
class Masks:
    """The places that are noise, by endpoint: each with what it holds and an example. They outlive a round."""

    found: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    def of(self, endpoint: str) -> list[str]:
        return [*self.found.get(endpoint, ())]

    def as_list(self) -> list[dict[str, str]]:
        """As run.json keeps them."""
        return [
            {"endpoint": endpoint, "pointer": pointer, **what}
            for endpoint, places in self.found.items()
            for pointer, what in places.items()
        ]


@dataclass
class Referee:
    """One round's. `rows` are the differences that were kept, as the table of that name has them."""

    number: int
    workers: Mapping[str, Answering]
    masks: Masks
    rows: list[Row] = field(default_factory=list)
    _kept: Counter[tuple[str, str]] = field(default_factory=Counter)

    def begin(self) -> None:
        """Tell the round's workers what earlier rounds found to be noise."""
        for endpoint in self.masks.found:
            self._tell(endpoint)

    def look(self, samples: Sequence[Row]) -> None:
        """Look at the answers of a block, its sample rows; where a mask is new, their digests are made again.

        Costs nothing but the comparison of digests where all answers are the same.
        """
        by_step: defaultdict[int, dict[str, Row]] = defaultdict(dict)
        for row in samples:
            if row["role"] != "reference" and row["response_digest"] is not None:
                by_step[row["step"]][row["cell"]] = row
        suspects = {step: rows for step, rows in by_step.items() if _differ(rows)}
        if not suspects:
            return
        answers = self._answers(suspects)
        for step, rows in suspects.items():
            self._find_noise(next(iter(rows.values()))["endpoint"], answers[step])
        for step, rows in suspects.items():
            self._keep(rows, answers[step])

    def _answers(self, suspects: Mapping[int, Mapping[str, Row]]) -> dict[int, dict[str, Document]]:
        """The answers to some Steps, by Step and cell, each worker asked once."""
        asked: defaultdict[str, list[int]] = defaultdict(list)
        for step, rows in suspects.items():
            for cell in rows:
                asked[cell].append(step)
        found: dict[int, dict[str, Document]] = {step: {} for step in suspects}
        for cell, steps in asked.items():
            for step, document in zip(steps, self.workers[cell].show(steps), strict=True):
                if document is not None:
                    found[step][cell] = document
        return found

    def _find_noise(self, endpoint: str, answers: Mapping[str, Document]) -> None:
        """Note what differs between the twins and looks like noise, and have it taken out of digests from now on."""
        if not {OPTIMISED, TWIN} <= set(answers):
            return
        found = {
            response.mask_of(one.pointer): {"kind": kind, "example": str(one.got)[:100]}
            for one in response.differences(answers[OPTIMISED], answers[TWIN])
            if (kind := response.noise(one.expected, one.got)) is not None
        }
        known = self.masks.found.get(endpoint, {})
        if not set(found) <= set(known):
            self.masks.found[endpoint] = {**found, **known}
            self._tell(endpoint)

    def _tell(self, endpoint: str) -> None:
        for worker in self.workers.values():
            worker.mask(endpoint, self.masks.of(endpoint))

    def _keep(self, rows: Mapping[str, Row], answers: Mapping[str, Document]) -> None:
        """Make the digests again without the noise, and keep in what an answer still differs from the baseline's."""
        seen = {}
        for cell, document in answers.items():
            masks = self.masks.of(rows[cell]["endpoint"])
            seen[cell] = response.masked(document, masks)
            if masks:
                rows[cell]["response_digest"] = response.digest(seen[cell])
        for cell, document in seen.items():
            row = rows[cell]
            if BASELINE in seen and row["response_digest"] != rows[BASELINE]["response_digest"]:
                self._kept[cell, row["endpoint"]] += 1
                if self._kept[cell, row["endpoint"]] <= MOST_ANSWERS:
                    found = response.differences(seen[BASELINE], document)
                    self.rows.extend(self._rows(row, islice(found, MOST_PLACES)))

    def _rows(self, row: Row, found: Iterator[Difference]) -> Iterator[Row]:
        for one in found:
            yield {
                "round": self.number,
                "step": row["step"],
                "cell": row["cell"],
                "endpoint": row["endpoint"],
                "pointer": one.pointer,
                "kind": one.kind,
                "expected": as_text(one.expected),
                "got": as_text(one.got),
            }


def _differ(rows: Mapping[str, Row]) -> bool:
    """Whether the cells did not all answer a Step alike."""
    return len({row["response_digest"] for row in rows.values()}) > 1


def as_text(value: Any) -> str:
    """A value as JSON text, cut where it is long."""
    return cut(json.dumps(value, ensure_ascii=False, sort_keys=True), LONGEST_VALUE)
