"""A project whose rows are hard to seed on any database: trees, circles, keys, rows that migrations make."""
