"""Texts and HTML: where two of them differ, as the words before and after each place.

A text is compared in pieces that end with a line or a tag, and two pieces word by word: a page on one line is like any other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

# Ends of a text, so that a place at one of them has words before and after it like any other.
START, END = "\x02", "\x03"
PIECE = re.compile(r"[^\n>]*(?:[\n>]|$)")
# A number, a date, a path and a token are one word each: half a token is no place.
WORD = re.compile(r"[\w\-+/=.:%~]+|\s+|[^\w\s]")
SEPARATOR = re.compile(r"[^\w]")
# A number or a time is one word as a whole.
NUMBER = re.compile(r"[\d.:,+\-]+")
# What is sorted where only the order varies: a sign at the end of a list is no part of its last word.
SIGNS = re.compile(r"\w+|[^\w]")
# What stands before a place: at least so many signs, and as many more as it takes to be the only such place in the text.
BEFORE, MAX_BEFORE, MORE = 12, 60, 6
# What stands after it: up to one of these signs, and as much as it takes not to stand in the place itself.
AFTER, MAX_AFTER, STOPS = 12, 40, "<\"'\n&\x03"
# A smaller gap makes two places one, and more places than this are one too.
GAP, MAX_PLACES = 3, 100
NEAR = 8  # pieces between two elements of a list
CONTEXT = 60  # signs before and after a place that people are shown
# Longer than this, pieces and words are not aligned any more: all between the first and the last difference is one place.
MAX_ALIGNED = 4000


@dataclass(frozen=True, slots=True)
class Span:
    """Where two texts differ: from `begin` to `end` of the first, from `other_begin` to `other_end` of the second."""

    begin: int
    end: int
    other_begin: int
    other_end: int


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A place in which two texts differ.

    Attributes:
        before: The words before it, which name it.
        after: The words after it, with which it ends.
        expected: What stands there in the first text.
        got: What stands there in the second one.
        context: What stands around it in the first text, for people.
        is_order: Whether both hold the same in another order.
    """

    before: str
    after: str
    expected: str
    got: str
    context: tuple[str, str] = ("", "")
    is_order: bool = False


def text_places(expected: str, got: str) -> list[TextPlace]:
    """Return the places in which two texts differ, in their order; none where they are the same."""
    if expected == got:
        return []
    left, right = f"{START}{expected}{END}", f"{START}{got}{END}"
    orders = _orders(left, right)
    for order in orders:  # as if it were the same there: what else differs is another place
        right = f"{right[: order.other_begin]}{left[order.begin : order.end]}{right[order.other_end :]}"
    spans = _joined(_spans(left, right))
    if len(spans) > MAX_PLACES:
        spans = [Span(spans[0].begin, spans[-1].end, spans[0].other_begin, spans[-1].other_end)]
    places = sorted([*spans, *orders], key=lambda span: span.begin)
    ends = [0, *(span.end for span in places[:-1])]
    begins = [*(span.begin for span in places[1:]), len(left)]
    whole = f"{START}{got}{END}"
    return [
        _place(left, whole, span, end, begin, is_order=span in orders)
        for span, end, begin in zip(places, ends, begins, strict=True)
    ]


def sorted_text(text: str) -> str:
    """Return a text with its pieces in order, and the words of each piece: what it holds, whatever the order."""
    return "".join(sorted("".join(sorted(SIGNS.findall(piece))) for piece in _pieces(text)))


def _place(left: str, right: str, span: Span, earliest: int, latest: int, *, is_order: bool = False) -> TextPlace:
    """Return a place by what stands around it, between the place before and the one after it."""
    expected, got = left[span.begin : span.end], right[span.other_begin : span.other_end]
    before, after = _before(left, earliest, span.begin), _after(left, span.end, latest, expected, got)
    context = left[max(0, span.begin - CONTEXT) : span.begin], left[span.end : span.end + CONTEXT]
    return TextPlace(before, after, expected, got, context, is_order)


def _before(text: str, earliest: int, place: int) -> str:
    """Return what stands before a place, from the start of a word: enough of it to name one place of the text."""
    begin = max(earliest, place - BEFORE)
    while True:
        while begin > earliest and text[begin - 1].isalnum() and text[begin].isalnum():
            begin -= 1
        words = text[begin:place]
        if begin <= earliest or len(words) >= MAX_BEFORE or text.count(words) == 1:
            return words
        begin = max(earliest, begin - MORE)


def _after(text: str, place: int, latest: int, *inside: str) -> str:
    """Return what stands after a place, which is where the place ends."""
    words = text[place : min(latest, place + MAX_AFTER)]
    for size in range(1, len(words) + 1):
        ends = words[size - 1] in STOPS or size >= AFTER
        if ends and not any(words[:size] in each for each in inside):
            return words[:size]
    return words


def _pieces(text: str) -> list[str]:
    return [piece for piece in PIECE.findall(text) if piece]


def _spans(left: str, right: str) -> list[Span]:
    """Return the spans in which two texts differ, by pieces, and by words within pieces that correspond."""
    pieces, others = _pieces(left), _pieces(right)
    at, other_at = _offsets(pieces), _offsets(others)
    spans: list[Span] = []
    for begin, end, other_begin, other_end in _unequal(pieces, others):
        if end - begin == other_end - other_begin:
            for index, other in zip(range(begin, end), range(other_begin, other_end), strict=True):
                if pieces[index] != others[other]:
                    spans += _of_words(pieces[index], others[other], at[index], other_at[other])
        else:
            spans.append(Span(at[begin], at[end], other_at[other_begin], other_at[other_end]))
    return [_within(span, len(left), len(right)) for span in spans]


def _offsets(pieces: Sequence[str]) -> list[int]:
    return list(accumulate(map(len, pieces), initial=0))


def _within(span: Span, size: int, other_size: int) -> Span:
    """Return a span without the ends of the texts, which are what stands before and after it."""
    return Span(
        max(span.begin, 1), min(span.end, size - 1), max(span.other_begin, 1), min(span.other_end, other_size - 1)
    )


def _of_words(piece: str, other: str, place: int, other_place: int) -> Iterator[Span]:
    words, other_words = WORD.findall(piece), WORD.findall(other)
    at, other_at = _offsets(words), _offsets(other_words)
    for begin, end, other_begin, other_end in _unequal(words, other_words):
        first, second = "".join(words[begin:end]), "".join(other_words[other_begin:other_end])
        head, tail = _common(first, second)
        left, right = place + at[begin], other_place + other_at[other_begin]
        yield Span(left + head, left + len(first) - tail, right + head, right + len(second) - tail)


def _common(first: str, second: str) -> tuple[int, int]:
    """Return how much two words have in common at their starts and ends, up to a separator: random letters may be equal too."""
    if NUMBER.fullmatch(first) and NUMBER.fullmatch(second):
        return 0, 0
    size = min(len(first), len(second))
    head = next((i for i in range(size) if first[i] != second[i]), size)
    head = next((i for i in range(head, 0, -1) if SEPARATOR.match(first[i - 1])), 0)
    tail = next((i for i in range(size - head) if first[-1 - i] != second[-1 - i]), size - head)
    tail = next((i for i in range(tail, 0, -1) if SEPARATOR.match(first[-i])), 0)
    return head, tail


def _unequal(first: Sequence[str], second: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the runs in which two sequences differ; what they have in common at their ends costs next to nothing."""
    size = min(len(first), len(second))
    if len(first) == len(second) and sum(a != b for a, b in zip(first, second, strict=True)) <= max(4, size // 5):
        for index, (a, b) in enumerate(zip(first, second, strict=True)):
            if a != b:
                yield index, index + 1, index, index + 1
        return
    head = next((i for i in range(size) if first[i] != second[i]), size)
    tail = next((i for i in range(size - head) if first[-1 - i] != second[-1 - i]), size - head)
    middle, other = first[head : len(first) - tail], second[head : len(second) - tail]
    if max(len(middle), len(other)) > MAX_ALIGNED:
        yield head, len(first) - tail, head, len(second) - tail
        return
    for tag, begin, end, other_begin, other_end in SequenceMatcher(None, middle, other).get_opcodes():
        if tag != "equal":
            yield begin + head, end + head, other_begin + head, other_end + head


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Join spans between which there are but a few signs: no words tell them apart."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.begin - joined[-1].end <= GAP:
            last = joined.pop()
            span = Span(last.begin, span.end, last.other_begin, span.other_end)
        joined.append(span)
    return joined


def _orders(left: str, right: str) -> list[Span]:
    """Return the spans of two texts that hold the same pieces, or the same words in a piece, in another order."""
    pieces, others = (_pieces(text.strip(START + END)) for text in (left, right))
    if len(pieces) != len(others):
        return []
    at, orders, done = _offsets(pieces), list[Span](), 0
    differing = [index for index, (a, b) in enumerate(zip(pieces, others, strict=True)) if a != b]
    for group in _groups(differing):
        by_shape: dict[str, list[int]] = {}
        for index in group:
            by_shape.setdefault(_shape(pieces[index]), []).append(index)
        for indices in [group, *(by_shape.values() if len(by_shape) > 1 else ())]:
            first, last = _list_around(pieces, indices[0], indices[-1] + 1, done)
            if last > done and Counter(_words(pieces[first:last])) == Counter(_words(others[first:last])):
                begin, end, done = at[first] + len(START), at[last] + len(START), last
                orders.append(Span(begin, end, begin, end))
    return orders


def _list_around(pieces: Sequence[str], first: int, last: int, done: int) -> tuple[int, int]:
    """Return the ends of the list that some pieces belong to: a neighbour of the same shape may have its place by chance."""
    shapes = {_shape(piece) for piece in pieces[first:last]}
    while first > done and _shape(pieces[first - 1]) in shapes:
        first -= 1
    while last < len(pieces) and _shape(pieces[last]) in shapes:
        last += 1
    return max(first, done), last


def _groups(indices: Sequence[int]) -> list[list[int]]:
    """Return runs of indices between which there are but a few others: an element of a list has a few tags."""
    groups: list[list[int]] = []
    for index in indices:
        if groups and index - groups[-1][-1] <= NEAR:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def _words(pieces: Sequence[str]) -> list[str]:
    """Return pieces as multisets of words: what a list holds, whatever its order."""
    return ["".join(sorted(SIGNS.findall(piece))) for piece in pieces]


def _shape(piece: str) -> str:
    """Return what of a piece is the same for each element of a list: its tag, and whether there is text before it."""
    text, _, tag = piece.partition("<")
    return f"{'W' if text.strip() else ''}<{tag.split(maxsplit=1)[0] if tag.strip() else ''}"
