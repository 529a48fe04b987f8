"""The response comparator: compares the responses of all cells with the baseline's while the workers still hold them.

Workers send digests; the responses themselves are fetched only where two digests differ. A field that holds a volatile value
(a time, a uuid, a token) and differs between `all_on` and its A/A control is ignored in all digests from then on. Every other
difference is kept, place by place, for the analysis.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, Protocol

from perflab.run import response
from perflab.run.cells import BASELINE, OPTIMISED, TWIN
from perflab.run.response import Difference, Document
from perflab.run.tables import Row
from perflab.units import cut

# Kept of one response, of all responses of a cell to one endpoint in a round, and of one value: digests count the differences,
# and a few examples explain them.
MAX_PLACES, MAX_RESPONSES, MAX_VALUE_LENGTH = 5, 200, 2000
MAX_EXAMPLE_LENGTH = 100

# Of a volatile field: its kind and an example.
VolatileField = dict[str, str]


class IgnoresFields(Protocol):
    """Define what IgnoredFields needs of a worker."""

    def ignore(self, endpoint: str, pointers: Sequence[str]) -> None:
        """Leave these fields out of digests from now on."""
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
        digests: The final digest by (step, cell), for responses whose digest may have changed because a field is ignored.
        differences: Rows of the table `differences`.
    """

    digests: Mapping[tuple[int, str], str] = field(default_factory=dict)
    differences: Sequence[Row] = ()


@dataclass
class IgnoredFields:
    """Collect the fields that hold volatile values, over all rounds of a run.

    `fields` has them by endpoint (or table) and pointer, each with its kind and an example.
    """

    fields: dict[str, dict[str, VolatileField]] = field(default_factory=dict)

    def of(self, endpoint: str) -> list[str]:
        """Return the pointers of an endpoint's ignored fields."""
        return [*self.fields.get(endpoint, ())]

    def add(self, endpoint: str, fields: Mapping[str, VolatileField]) -> bool:
        """Ignore these fields from now on; return whether any of them is new."""
        ignored = self.fields.get(endpoint, {})
        if fields.keys() <= ignored.keys():
            return False
        self.fields[endpoint] = {**fields, **ignored}
        return True

    def announce(self, workers: Iterable[IgnoresFields], endpoint: str | None = None) -> None:
        """Tell workers which fields to ignore, of one endpoint or of all."""
        workers = list(workers)
        for name in [*self.fields] if endpoint is None else [endpoint]:
            for worker in workers:
                worker.ignore(name, self.of(name))

    def as_list(self) -> list[dict[str, str]]:
        """Return one record per field, as run.json keeps them."""
        return [
            {"endpoint": endpoint, "pointer": pointer, **volatile}
            for endpoint, fields in self.fields.items()
            for pointer, volatile in fields.items()
        ]


@dataclass
class ResponseComparator:
    """Compare the responses of one round.

    Attributes:
        number: Number of the round.
        workers: The worker of each cell.
        ignored: The fields to ignore; the comparator adds to them.
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
        suspects = {step: cells for step, cells in by_step.items() if _differ(cells)}
        if not suspects:
            return BlockComparison()
        documents = self._fetch(suspects)
        for step, cells in suspects.items():
            self._find_volatile_fields(next(iter(cells.values())).endpoint, documents[step])
        final: dict[tuple[int, str], str] = {}
        differences: list[Row] = []
        for step, cells in suspects.items():
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

    def _find_volatile_fields(self, endpoint: str, documents: Mapping[str, Document]) -> None:
        """Ignore volatile fields that differ between the two identical cells."""
        if {OPTIMISED, TWIN} <= set(documents):
            fields = volatile_fields(documents[OPTIMISED], documents[TWIN], response.field_of)
            if self.ignored.add(endpoint, fields):
                self.ignored.announce(self.workers.values(), endpoint)

    def _compare_step(
        self, cells: Mapping[str, CellDigest], documents: Mapping[str, Document], final: dict[tuple[int, str], str]
    ) -> Iterator[Row]:
        """Put the final digests of one Step into `final`, and yield where responses still differ from the baseline's."""
        compared: dict[str, Document] = {}
        digests: dict[str, str] = {}
        for cell, document in documents.items():
            pointers = self.ignored.of(cells[cell].endpoint)
            compared[cell] = response.without_fields(document, pointers)
            digests[cell] = response.digest(compared[cell]) if pointers else cells[cell].digest
            final[cells[cell].step, cell] = digests[cell]
        for cell, document in compared.items():
            place = cells[cell]
            if BASELINE in compared and digests[cell] != digests[BASELINE]:
                self._kept[cell, place.endpoint] += 1
                if self._kept[cell, place.endpoint] <= MAX_RESPONSES:
                    differences = response.differences(compared[BASELINE], document)
                    yield from (self._row(place, difference) for difference in islice(differences, MAX_PLACES))

    def _row(self, place: CellDigest, difference: Difference) -> Row:
        return {
            "round": self.number,
            "step": place.step,
            "cell": place.cell,
            "endpoint": place.endpoint,
            "pointer": difference.pointer,
            "kind": difference.kind,
            "expected": as_text(difference.expected),
            "got": as_text(difference.got),
        }


def volatile_fields(first: Document, second: Document, pattern_of: Callable[[str], str]) -> dict[str, VolatileField]:
    """Return the fields that differ between two identical cells and hold volatile values.

    Args:
        first: The document of one cell.
        second: The document of the other cell.
        pattern_of: Turns the pointer of a place into the pointer of the field, with wildcards.

    Returns:
        Kind and example by the field's pointer.
    """
    fields: dict[str, VolatileField] = {}
    for difference in response.differences(first, second):
        kind = response.volatile_kind(difference.expected, difference.got)
        if kind is not None:
            example = {"kind": kind, "example": str(difference.got)[:MAX_EXAMPLE_LENGTH]}
            fields.setdefault(pattern_of(difference.pointer), example)
    return fields


def _differ(cells: Mapping[str, CellDigest]) -> bool:
    return len({digest.digest for digest in cells.values()}) > 1


def as_text(value: Any) -> str:
    """Return a value as JSON text, cut where it is long."""
    return cut(json.dumps(value, ensure_ascii=False, sort_keys=True), MAX_VALUE_LENGTH)
