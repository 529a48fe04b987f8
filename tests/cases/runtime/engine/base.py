"""The project's own engine: PostgreSQL with a time limit for each statement, as a company's backend may set it."""

from __future__ import annotations

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def init_connection_state(self) -> None:
        super().init_connection_state()
        with self.cursor() as cursor:
            cursor.execute("SET statement_timeout = '7s'")
