from __future__ import annotations

from typing import Any


class Replica:
    """Reads from the replicas, writes to the primary, as Django's documentation has it; the log has a database of its own."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        if model.__name__ == "Entry":
            return "log"
        return "reports" if model.__name__ == "User" else "replica"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "log" if model.__name__ == "Entry" else "default"

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
        return db == ("log" if model_name == "entry" else "default")
