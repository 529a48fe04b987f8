"""The response comparator: compares the responses of all cells with the baseline's while the workers still hold them.

Workers send digests; the responses themselves are fetched only where two digests differ. A place in which the two runs of the
baseline differ (`all_off` and its A/A control) varies by itself and is masked in all digests from then on. Every other
difference is kept, place by place, for the analysis.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, Protocol

from perflab.run import response
from perflab.run.cells import BASELINE, TWIN_OFF
from perflab.run.response import Difference, Document, Mask, VaryingPlace
from perflab.run.tables import Row
from perflab.units import cut

# Kept of one response, of all responses of a cell to one endpoint in a round, and of one value: digests count the differences,
# and a few examples explain them.
MAX_PLACES, MAX_RESPONSES, MAX_VALUE_LENGTH = 5, 200, 2000
MAX_EXAMPLE_LENGTH = 100
# The masks of an endpoint or a table; the oldest go first. Texts with other words around a place each time have a mask for each.
MAX_MASKS = 300
# How many Steps are looked at together: their responses from all cells are in memory at once.
AT_ONCE = 8


class IgnoresFields(Protocol):
    """Define what IgnoredFields needs of a worker."""

    def ignore(self, endpoint: str, masks: Sequence[Mask]) -> None:
        """Leave these places out of digests from now on."""
        ...


class Responding(IgnoresFields, Protocol):
    """Define what the comparator needs of a worker."""

    def responses(self, steps: Sequence[int]) -> list[Document | None]:
        """Return the responses to Steps of the last block, None for one that raised."""
        ...


class CellDigest(NamedTuple):
    """Hold the digest of one cell's response to one Step."""

    step: int
    cell: str
    endpoint: str
    digest: str


@dataclass(frozen=True)
class BlockComparison:
    """Hold the result of one comparison.

    Attributes:
        digests: The final digest by (step, cell), for responses whose digest may have changed because a place is masked.
        differences: Rows of the table `differences`.
    """

    digests: Mapping[tuple[int, str], str] = field(default_factory=dict)
    differences: Sequence[Row] = ()


@dataclass
class IgnoredFields:
    """Collect the places that vary by themselves, over all rounds of a run.

    `places` has them by endpoint (or table) and mask; `seen` by endpoint and the place's name, for people.
    """

    places: dict[str, dict[Mask, VaryingPlace]] = field(default_factory=dict)
    seen: dict[str, dict[str, VaryingPlace]] = field(default_factory=dict)

    def of(self, endpoint: str) -> list[Mask]:
        """Return the masks of an endpoint or a table, in the order in which they are applied."""
        return [*self.places.get(endpoint, ())]

    def add(self, endpoint: str, places: Iterable[VaryingPlace]) -> bool:
        """Ignore these places from now on; return whether any of them is new."""
        masks = self.places.setdefault(endpoint, {})
        new = [place for place in places if place.mask not in masks]
        for place in new:
            masks[place.mask] = place
            self.seen.setdefault(endpoint, {}).setdefault(place.mask.pointer, place)
        for mask in [*masks][: max(0, len(masks) - MAX_MASKS)]:
            del masks[mask]
        return bool(new)

    def copy(self) -> IgnoredFields:
        """Return the same places, to which one round adds its own."""
        places, seen = self.places.items(), self.seen.items()
        return IgnoredFields({name: dict(each) for name, each in places}, {name: dict(each) for name, each in seen})

    def include(self, other: IgnoredFields) -> None:
        """Add the places that a round has found."""
        for endpoint, places in other.places.items():
            self.add(endpoint, places.values())

    def announce(self, workers: Iterable[IgnoresFields], endpoint: str | None = None) -> None:
        """Tell workers which places to ignore, of one endpoint or of all."""
        workers = list(workers)
        for name in [*self.places] if endpoint is None else [endpoint]:
            for worker in workers:
                worker.ignore(name, self.of(name))

    def as_list(self) -> list[dict[str, str]]:
        """Return one record per place, as run.json keeps them."""
        return [
            {
                "endpoint": endpoint,
                "pointer": printable(pointer),
                "kind": place.kind,
                "example": printable(place.example),
            }
            for endpoint, places in self.seen.items()
            for pointer, place in places.items()
        ]


@dataclass
class ResponseComparator:
    """Compare the responses of one round.

    Attributes:
        number: Number of the round.
        workers: The worker of each cell.
        ignored: The places to ignore; the comparator adds to them.
    """

    number: int
    workers: Mapping[str, Responding]
    ignored: IgnoredFields
    _kept: Counter[tuple[str, str]] = field(default_factory=Counter)

    def compare(self, digests: Iterable[CellDigest]) -> BlockComparison:
        """Compare the responses of a slice; workers keep them until their next slice.

        Costs nothing but the comparison of digests where all responses are equal. Raises WorkerDied.
        """
        by_step: defaultdict[int, dict[str, CellDigest]] = defaultdict(dict)
        for digest in digests:
            by_step[digest.step][digest.cell] = digest
        suspects = iter({step: cells for step, cells in by_step.items() if _differ(cells)}.items())
        final: dict[tuple[int, str], str] = {}
        differences: list[Row] = []
        while some := dict(islice(suspects, AT_ONCE)):
            documents = self._fetch(some)
            for step, cells in some.items():
                self._find_varying_places(next(iter(cells.values())).endpoint, documents[step])
            for step, cells in some.items():
                differences += self._compare_step(cells, documents[step], final)
        return BlockComparison(final, differences)

    def _fetch(self, suspects: Mapping[int, Iterable[str]]) -> dict[int, dict[str, Document]]:
        """Return the responses to some Steps, by Step and cell, with one message to each worker."""
        steps_of: defaultdict[str, list[int]] = defaultdict(list)
        for step, cells in suspects.items():
            for cell in cells:
                steps_of[cell].append(step)
        documents: dict[int, dict[str, Document]] = {step: {} for step in suspects}
        for cell, steps in steps_of.items():
            for step, document in zip(steps, self.workers[cell].responses(steps), strict=True):
                if document is not None:
                    documents[step][cell] = document
        return documents

    def _find_varying_places(self, endpoint: str, documents: Mapping[str, Document]) -> None:
        """Ignore the places in which the two runs of the baseline differ."""
        if {BASELINE, TWIN_OFF} <= set(documents):
            places = response.varying(documents[BASELINE], documents[TWIN_OFF], self.ignored.of(endpoint))
            if self.ignored.add(endpoint, places):
                self.ignored.announce(self.workers.values(), endpoint)

    def _compare_step(
        self, cells: Mapping[str, CellDigest], documents: Mapping[str, Document], final: dict[tuple[int, str], str]
    ) -> Iterator[Row]:
        """Put the final digests of one Step into `final`, and yield where responses still differ from the baseline's."""
        compared: dict[str, Document] = {}
        digests: dict[str, str] = {}
        for cell, document in documents.items():
            masks = self.ignored.of(cells[cell].endpoint)
            compared[cell] = response.masked(document, masks)
            digests[cell] = response.digest(compared[cell]) if masks else cells[cell].digest
            final[cells[cell].step, cell] = digests[cell]
        for cell, document in compared.items():
            place = cells[cell]
            if BASELINE in compared and digests[cell] != digests[BASELINE]:
                self._kept[cell, place.endpoint] += 1
                if self._kept[cell, place.endpoint] <= MAX_RESPONSES:
                    differences = response.differences(compared[BASELINE], document)
                    yield from (self._row(place, each) for each in islice(_places(differences), MAX_PLACES))

    def _row(self, place: CellDigest, difference: Difference) -> Row:
        return {
            "round": self.number,
            "step": place.step,
            "cell": place.cell,
            "endpoint": place.endpoint,
            "pointer": printable(difference.pointer),
            "kind": difference.kind,
            "expected": as_text(difference.expected),
            "got": as_text(difference.got),
        }


def _places(differences: Iterable[Difference]) -> Iterator[Difference]:
    for difference in differences:
        yield from response.shown(difference)


def _differ(cells: Mapping[str, CellDigest]) -> bool:
    return len({digest.digest for digest in cells.values()}) > 1


def as_text(value: Any) -> str:
    """Return a value as JSON text, cut where it is long."""
    return printable(cut(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str), MAX_VALUE_LENGTH))


def printable(text: str) -> str:
    """Return a text that every file takes: half a surrogate pair, which JSON may hold, becomes its escape."""
    return text.encode("utf-8", "backslashreplace").decode()
