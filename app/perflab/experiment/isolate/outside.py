"""What a project may reach from its cell: services that stay inside, and the addresses that are allowed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from perflab.errors import SubjectError
from perflab.experiment.isolate import files
from perflab.scenario import project
from perflab.scenario.models import Scenario
from perflab.scenario.subject import surroundings
from perflab.servers.database import DATABASE_VARIABLE
from perflab.servers.disk.home import home_path
from perflab.servers.valkey import CACHE_VARIABLE
from perflab.worker.guards import own
from perflab.worker.guards.contacts import DATABASE, MAIL, REFUSED, Contact
from perflab.worker.guards.services import SENDING

MEMORY = "django.core.mail.backends.locmem.EmailBackend"
# Backends that send nothing: they keep mails in memory or in the database, from which another process sends them.
KEEPING = ("django.core.mail.backends.locmem.", "django.core.mail.backends.dummy.", "mailer.backend.", "post_office.")


def isolated(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with which mail stays in memory, and tasks run where they are called.

    Args:
        settings: The project's settings, as the cell has them.
    """
    changes: dict[str, Any] = {"CELERY_TASK_ALWAYS_EAGER": True, "CELERY_ALWAYS_EAGER": True}
    if not str(settings.get("EMAIL_BACKEND", "")).startswith(KEEPING):
        changes["EMAIL_BACKEND"] = MEMORY
    if isinstance(settings.get("HUEY"), dict):
        changes["HUEY"] = {**settings["HUEY"], "immediate": True}
    if isinstance(settings.get("Q_CLUSTER"), dict):
        changes["Q_CLUSTER"] = {**settings["Q_CLUSTER"], "sync": True}
    if isinstance(settings.get("DRAMATIQ_BROKER"), dict):
        changes["DRAMATIQ_BROKER"] = {
            **settings["DRAMATIQ_BROKER"],
            "BROKER": "dramatiq.brokers.stub.StubBroker",
            "OPTIONS": {},
        }
    return changes


def _sending(settings: Mapping[str, Any]) -> list[str]:
    """Return the names of the log handlers that send records elsewhere."""
    handlers = (settings.get("LOGGING") or {}).get("handlers") or {}
    return [name for name, handler in handlers.items() if str(handler.get("class", "")).rpartition(".")[2] in SENDING]


def remarks(settings: Mapping[str, Any]) -> list[str]:
    """Return what of the project's services is another in the lab, a sentence for each.

    Args:
        settings: The project's settings.
    """
    sentences = []
    backend = str(settings.get("EMAIL_BACKEND", ""))
    if backend and not backend.startswith(KEEPING) and not backend.startswith("django.core.mail.backends."):
        sentences.append(f"mail stays in memory instead of going to {backend}")
    tasks = [name for name in ("HUEY", "Q_CLUSTER", "DRAMATIQ_BROKER") if isinstance(settings.get(name), dict)]
    if tasks or any(name.startswith("CELERY_") or name == "BROKER_URL" for name in settings):
        sentences.append("background tasks run within the request that starts them, and count towards its time")
    sentences += [f"the log handler {name} sends nothing" for name in _sending(settings)]
    return sentences


def allowed(allow: Iterable[str], *addresses: str | None, databases: Iterable[Mapping[str, Any]] = ()) -> list[str]:
    """Return what a cell may reach.

    Args:
        allow: What the scenario allows.
        addresses: URLs of the lab's servers.
        databases: Entries of DATABASES that are the lab's.
    """
    places = [*allow, str(home_path())]
    for url in addresses:
        if url is not None:
            split = urlsplit(url)
            port = split.port or (5432 if split.scheme.startswith("postgres") else 6379)
            places.append(split.path if split.scheme == "unix" else f"{split.hostname or 'localhost'}:{port}")
    for entry in databases:
        host, port = str(entry.get("HOST") or ""), entry.get("PORT") or 5432
        if host:
            places.append(host if host.startswith("/") else f"{host}:{port}")
    return places


@contextmanager
def guarded(scenario: Scenario) -> Iterator[None]:
    """Set the project up, here or in its own process, with all guards; its files are in a folder that is removed.

    Args:
        scenario: The scenario.

    Raises:
        SubjectError: The project cannot be set up.
    """
    module = scenario.subject.settings
    with (
        surroundings.entered(scenario),
        tempfile.TemporaryDirectory(prefix="perflab-", ignore_cleanup_errors=True) as made,
    ):
        folder = Path(made)
        servers = (os.environ.get(CACHE_VARIABLE), os.environ.get(DATABASE_VARIABLE))
        own.install(allowed(scenario.subject.allow, *servers), folder)
        try:
            settings = project.base_settings(module)
            moved, origins = files.isolated(settings, folder)
            own.add_files(origins)
            project.set_up(module, {**isolated(settings), **moved})
            own.finish()
            yield
        finally:
            with suppress(SubjectError):  # the process of a project of its own interpreter may be gone
                own.remove()


def of_setting_up() -> dict[Contact, int]:
    """Return what the project did while it was set up and seeded; its databases are refused here, but a worker has copies."""
    return {contact: count for contact, count in own.contacts() if contact.kind != DATABASE}


def sentences(counts: Iterable[tuple[Contact, int]]) -> list[str]:
    """Return what a project did beyond its cell, a sentence for each kind, target and place.

    Args:
        counts: The contacts, with how often they happened.
    """
    lines = []
    for contact, count in counts:
        if contact.kind == MAIL:
            continue
        often = f" ({count:,} times)" if count > 1 else ""
        how = ""
        if contact.kind == DATABASE:
            how = ": refused; a run connects to a copy instead"
        elif contact.kind in REFUSED:
            how = f": refused; to allow it, add {contact.target!r} to `allow` under `subject`"
        lines.append(f"{contact.sentence}{often}{how}")
    return lines


def rows(counts: Iterable[tuple[Contact, int]]) -> list[dict[str, Any]]:
    """Return what a project did beyond its cells as run.json keeps it."""
    return [{**asdict(contact), "sentence": contact.sentence, "count": count} for contact, count in counts]
