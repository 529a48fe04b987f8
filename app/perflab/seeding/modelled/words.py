"""Texts by the names of their fields: a city for `city`, some paragraphs for `body`.

They are no library's, so that data are alike whatever the project's own interpreter has.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

FIRST = ("Ada", "Ben", "Chidi", "Dana", "Elif", "Femi", "Grace", "Hugo", "Ines", "Jonas", "Kofi", "Lena", "Mina", "Noor", "Omar",
         "Priya", "Rosa", "Sven", "Tara", "Yuki")  # fmt: skip
LAST = ("Adeyemi", "Becker", "Castillo", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanova", "Jensen", "Kowalski",
        "Lindqvist", "Moreau", "Nakamura", "Okafor", "Patel", "Rossi", "Silva", "Tanaka", "Weber")  # fmt: skip
CITIES = (
    "Accra",
    "Bergen",
    "Cardiff",
    "Delft",
    "Essen",
    "Fukuoka",
    "Ghent",
    "Hanoi",
    "Izmir",
    "Lagos",
    "Malmo",
    "Porto",
)
COUNTRIES = ("DE", "FR", "GH", "IT", "JP", "NG", "NL", "NO", "PT", "SE")
WORDS = (
    "account", "answer", "balance", "bridge", "careful", "change", "circle", "common", "corner", "credit", "daily",
    "detail", "early", "entry", "event", "figure", "final", "garden", "general", "ground", "harbour", "history", "island",
    "journey", "kitchen", "ladder", "letter", "level", "market", "measure", "middle", "morning", "number", "office",
    "option", "paper", "pattern", "people", "plain", "quiet", "reason", "record", "return", "river", "sample", "season",
    "second", "service", "shelter", "simple", "station", "summer", "table", "ticket", "travel", "union", "valley",
    "window", "winter", "yellow",
)  # fmt: skip
# Lengths in characters: a long text is a page or so.
LONG, SHORT = 1_500, 200

Maker = Callable[[random.Random], str]


def words(rng: random.Random, count: int) -> str:
    """Return so many words, the first one in capitals."""
    return " ".join(rng.choice(WORDS) for _ in range(count)).capitalize()


def prose(rng: random.Random, length: int) -> str:
    """Return sentences of about this length in characters."""
    text = ""
    while len(text) < length:
        text += f"{words(rng, rng.randint(5, 14))}. "
    return text.strip()


def digits(rng: random.Random, count: int) -> str:
    """Return so many digits; the first one is not 0."""
    return "".join([rng.choice("123456789"), *(rng.choice("0123456789") for _ in range(count - 1))])


def name(rng: random.Random) -> str:
    """Return a person's name."""
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def handle(rng: random.Random) -> str:
    """Return a name as accounts have it."""
    return f"{rng.choice(FIRST)}.{rng.choice(LAST)}{rng.randint(1, 999)}".lower()


# The first pattern that a field's name has decides.
BY_NAME: tuple[tuple[str, Maker], ...] = (
    (r"e?mail", lambda rng: f"{handle(rng)}@example.com"),
    (r"first_?name|given|forename", lambda rng: rng.choice(FIRST)),
    (r"last_?name|surname|family", lambda rng: rng.choice(LAST)),
    (r"user_?name|login|nick|handle", handle),
    (r"phone|mobile|fax|\btel", lambda rng: f"+4930{digits(rng, 7)}"),
    (r"url|website|homepage|href|link", lambda rng: f"https://example.com/{rng.choice(WORDS)}/{digits(rng, 4)}"),
    (r"slug", lambda rng: f"{rng.choice(WORDS)}-{rng.choice(WORDS)}-{digits(rng, 3)}"),
    (r"city|town", lambda rng: rng.choice(CITIES)),
    (r"country|nation", lambda rng: rng.choice(COUNTRIES)),
    (r"currency", lambda rng: rng.choice(("EUR", "NGN", "USD"))),
    (r"lang|locale", lambda rng: rng.choice(("de", "en", "fr"))),
    (r"time_?zone|^tz$", lambda rng: rng.choice(("Africa/Lagos", "Europe/Berlin", "UTC"))),
    (r"zip|post_?(al)?_?code|postcode", lambda rng: digits(rng, 5)),
    (r"street|address", lambda rng: f"{rng.choice(WORDS).capitalize()} Street {rng.randint(1, 200)}"),
    (r"colou?r", lambda rng: f"#{rng.randrange(1 << 24):06x}"),
    (r"\bip|ip_?address", lambda rng: f"192.0.2.{rng.randint(1, 254)}"),
    (r"mime|content_?type", lambda rng: "text/plain"),
    (r"version", lambda rng: f"{rng.randint(0, 9)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}"),
    (r"code|sku|isbn|ref|token|key|hash|uid|guid|serial|number", lambda rng: digits(rng, 10)),
    (r"author|person|owner|contact|full_?name", name),
    (r"html", lambda rng: f"<p>{prose(rng, LONG)}</p>"),
    (r"body|content|text|article|markdown", lambda rng: prose(rng, LONG)),
    (r"descri|summary|comment|note|bio|about|message|excerpt|abstract|detail", lambda rng: prose(rng, SHORT)),
    (r"title|subject|headline|question|name|label", lambda rng: words(rng, rng.randint(2, 5))),
)


def text_for(field: str, rng: random.Random, longest: int | None, *, is_long: bool = False) -> str:
    """Return a text for a field.

    Args:
        field: Its name.
        rng: A random generator.
        longest: The most characters that it takes; None for any number.
        is_long: Whether the field is meant for long texts (TextField).
    """
    for pattern, make in BY_NAME:
        if re.search(pattern, field):
            made = make(rng)
            break
    else:
        made = prose(rng, SHORT) if is_long else words(rng, 2)
    return made if longest is None else made[:longest].strip() or digits(rng, 1)
