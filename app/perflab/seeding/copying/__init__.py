"""Copies of an existing database, which is read once and never written to: on PostgreSQL by its own tools, of SQLite a file."""
