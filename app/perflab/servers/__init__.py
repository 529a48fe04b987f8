"""The private PostgreSQL and Valkey: find, start and stop them, clone a database, read a CPU clock. Or SQLite files instead.

    with open_postgres(data_dir, shared_buffers_mb=512) as postgres, open_cache() as cache: ...      # opening.py

Import from the modules: a measured worker needs supervision/clock.py alone, and psycopg, redis and psutil cost it 0.2 s.
"""
