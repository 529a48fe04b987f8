"""A project with what PostgreSQL alone has: its own types, schemas, partitions and materialised views."""
