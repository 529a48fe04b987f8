from __future__ import annotations

from django.apps import AppConfig
from django.db import DatabaseError, connection


class HarmlessConfig(AppConfig):
    name = "tests.cases.harmless"

    def ready(self) -> None:
        """Ask the database, as projects do that keep settings in it."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            pass
