"""How drawn rows reach a database: COPY into PostgreSQL, inserts into SQLite."""
