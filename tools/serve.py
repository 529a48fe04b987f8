"""Serve the marketplace for a developer: private servers, some data made by the factories, the debug toolbar.

usage: make serve [PORT=8000]

Nothing of it stays: database and cache go when the command ends.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from perflab.errors import PerflabError
from perflab.servers.databases import Postgres
from perflab.servers.opening import open_cache, open_postgres

PROJECT = Path(__file__).resolve().parent.parent
DATABASE = "perflab_serve"

DEMO_DATA = """
from marketplace.api.auth import headers
from marketplace.factories import ApplicationFactory, JobFactory, PaymentFactory, ReviewFactory
jobs = JobFactory.create_batch(30)
for job in jobs:
    ApplicationFactory.create_batch(5, job=job)
    PaymentFactory(job=job, payer=job.client)
    ReviewFactory(job=job, reviewer=job.client)
client = jobs[0].client_id
for name, value in headers(client).items():
    print(f"as user {client}:  curl -H '{name}: {value}' http://localhost:PORT/users/{client}/payments")
"""


def database_url(server: Postgres, database: str) -> str:
    """The address in the form of DATABASE_URL; a socket's folder takes the host's place, with its slashes quoted."""
    at = {key: quote(str(value), safe="") for key, value in server.conninfo(database).items()}
    user = at["user"] + (f":{at['password']}" if "password" in at else "")
    return f"postgres://{user}@{at.get('host', '')}:{at.get('port', 5432)}/{database}"


def main() -> int:
    """Start the servers, migrate, make data, then hand the terminal to `runserver` until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Serve the marketplace on private servers, with the debug toolbar.")
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    manage = [sys.executable, str(PROJECT / "manage.py")]
    with open_postgres() as postgres, open_cache() as cache:
        postgres.drop(DATABASE)
        postgres.create_database(DATABASE)
        os.environ |= {
            "DATABASE_URL": database_url(postgres, DATABASE),
            "CACHE_URL": cache.url(),
            "DJANGO_DEBUG": "1",
        }
        subprocess.run([*manage, "migrate", "--verbosity", "0"], check=True)
        subprocess.run([*manage, "shell", "--verbosity", "0", "-c", DEMO_DATA.replace("PORT", str(port))], check=True)
        print(
            f"API with documentation and debug toolbar: http://localhost:{port}/docs (Ctrl-C stops it)",
            flush=True,
        )
        try:
            return subprocess.run([*manage, "runserver", str(port)], check=False).returncode
        except KeyboardInterrupt:
            return 0
        finally:
            postgres.drop(DATABASE)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except PerflabError as error:
        sys.exit(f"error: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: `{' '.join(error.cmd[1:3])}` failed; its output is above")
