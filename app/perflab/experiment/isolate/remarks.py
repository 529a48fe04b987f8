"""What `perflab check` remarks on: no mistakes, but a run would answer another question than the one that is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from perflab.errors import InputError
from perflab.scenario.factors.base import Context, Factor
from perflab.scenario.factors.cache import CacheFactor
from perflab.scenario.models import Scenario
from perflab.scenario.project import HOST, host_of
from perflab.scenario.subject.modules import bases, package_files

SESSIONS = "django.contrib.sessions.backends"
MAX_FILES = 5000
# Folders that hold no code of the project's own.
NOT_OWN = frozenset({"node_modules", "site-packages", "__pycache__", "reports"})
ASKS_THE_DEFAULT = re.compile(rb"django\.core\.cache\b|\bcache_page\b|\{%-?\s*(load\s+[^%]*\b)?cache\b")
ASKS_ANY = re.compile(rb"\bcaches\[\s*[^\s\"']|\bin caches\b|\bcaches\.all\(")
DEFINES = re.compile(rb"^\s*CACHES\b", re.MULTILINE)


def remarks(scenario: Scenario, settings: Mapping[str, Any], root: Path | None = None) -> list[str]:
    """Return what a scenario's author should know before a run, a sentence for each.

    Args:
        scenario: The scenario.
        settings: The project's own settings.
        root: The project's folder; the working directory by default.
    """
    factors = scenario.factors
    return [
        *chain.from_iterable(_equal_levels(factor, settings) for factor in factors),
        *chain.from_iterable(_sessions(factor, settings) for factor in factors),
        *chain.from_iterable(factor.remarks(settings) for factor in factors),
        *_unused(factors, settings, root or Path.cwd()),
        *_host(scenario.subject.host, settings),
    ]


def _host(host: str | None, settings: Mapping[str, Any]) -> Iterator[str]:
    """Name the host that requests go to where nobody said which."""
    name = host_of(settings.get("ALLOWED_HOSTS") or ())
    if host is None and name != HOST:
        first = "the first name or domain in ALLOWED_HOSTS"
        yield f"requests go to the host {name}, {first}; `host` under `subject` names another one"


def _equal_levels(factor: Factor, settings: Mapping[str, Any]) -> Iterator[str]:
    """Find a factor that switches nothing. Those of indexes need the database, and are checked at the start of a run."""
    if factor.drops_indexes:
        return
    off, on = (factor.changes(level, Context(settings)) for level in (False, True))
    if off == on and repr(off) == repr(on):
        yield (
            f"factor {factor.name}: off and on are the same in this project ({factor.describe()}), so it switches nothing; give "
            "its levels different values, or leave it out"
        )


def _sessions(factor: Factor, settings: Mapping[str, Any]) -> Iterator[str]:
    alias = settings.get("SESSION_CACHE_ALIAS", "default")
    if not isinstance(factor, CacheFactor) or alias not in factor.aliases:
        return
    if not any("session" in str(name).lower() for name in settings.get("MIDDLEWARE") or ()):
        return
    engine = _session_engine(str(settings.get("SESSION_ENGINE", "")))
    own = 'add an entry for sessions to CACHES, for example "sessions", and set SESSION_CACHE_ALIAS = "sessions"'
    if engine == "cache":
        yield (
            f"factor {factor.name}: sessions are in the cache {alias!r}, which it switches: while it is off nobody is logged in, "
            f'so those cells return what anonymous users get; {own}, or set SESSION_ENGINE = "{SESSIONS}.cached_db"'
        )
    elif engine == "cached_db":
        yield (
            f"factor {factor.name}: sessions are also in the cache {alias!r}, which it switches: while it is off they are read "
            f"from the database, which is part of its measured effect; to exclude that, {own}"
        )


def _session_engine(module: str) -> str | None:
    """Return which of Django's two engines with a cache a session engine is, or is built on."""
    try:
        modules = bases(f"{module}.SessionStore")
    except InputError:  # an engine that cannot be imported is the project's to find out
        modules = [module]
    return next((name for base in modules for name in ("cached_db", "cache") if base == f"{SESSIONS}.{name}"), None)


def _unused(factors: Iterable[Factor], settings: Mapping[str, Any], root: Path) -> Iterator[str]:
    """Find switched caches that no code asks, as far as its text shows."""
    for factor in factors:
        aliases = factor.aliases if isinstance(factor, CacheFactor) else []
        for alias in aliases:
            if not _in_settings(alias, settings) and not any(_asks(alias, *text) for text in _texts(root)):
                yield (
                    f"factor {factor.name}: no code was found that uses the cache {alias!r}; if there is none, switching it "
                    "makes no difference"
                )


def _in_settings(alias: str, settings: Mapping[str, Any]) -> bool:
    """Say whether a setting names the cache: of sessions, of Django's middleware, or of a package."""
    uses = {"SESSION_CACHE_ALIAS": "session", "CACHE_MIDDLEWARE_ALIAS": "fromcachemiddleware"}
    middleware = " ".join(map(str, settings.get("MIDDLEWARE") or ())).lower()
    for name, value in settings.items():
        if value != alias or "CACHE" not in name:
            continue
        if name == "SESSION_CACHE_ALIAS" and _session_engine(str(settings.get("SESSION_ENGINE", ""))) is None:
            continue
        if name not in uses or uses[name] in middleware:
            return True
    return False


def _asks(alias: str, text: bytes, own: bool) -> bool:
    """Say whether a file asks a cache: by its name, or by one that is computed, unless it is a package's."""
    if own and ASKS_ANY.search(text):
        return True
    if alias == "default":
        return bool(ASKS_THE_DEFAULT.search(text))
    name = alias.encode()
    named = b'"' + name + b'"' in text or b"'" + name + b"'" in text
    return named and not DEFINES.search(text) and (own or b"django.core.cache" in text)


def _texts(root: Path) -> Iterator[tuple[bytes, bool]]:
    """Yield the project's own Python files and templates, then the modules of installed packages that it has imported."""
    files = ((path, True) for path in _files(root) if path.suffix in (".py", ".html", ".txt", ".jinja", ".j2"))
    packages = ((Path(name), False) for name in package_files())
    for path, own in chain(files, packages):
        try:
            yield path.read_bytes(), own
        except OSError:
            continue


def _files(folder: Path) -> Iterator[Path]:
    pending, count = [folder], 0
    while pending and count < MAX_FILES:
        for path in _entries(pending.pop()):
            if path.is_dir() and not path.is_symlink():
                if path.name not in NOT_OWN and not path.name.startswith(".") and not (path / "pyvenv.cfg").exists():
                    pending.append(path)
            else:
                count += 1
                yield path


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # a folder that may not be read
        return []
