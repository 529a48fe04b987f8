"""A stand-in for the orchestrator: starts both servers, says so as one line of JSON, stops them after a line on standard input.

A process of its own, to be killed; also run as another user, with any Python that has the packages.
"""

import json
import os
import sys
from pathlib import Path

from perflab.servers.postgres import PostgresServer
from perflab.servers.supervision.clock import parent_of
from perflab.servers.supervision.process import descendants
from perflab.servers.valkey import ValkeyServer


def main(data_dir: str) -> None:
    with PostgresServer(Path(data_dir) if data_dir else None) as postgres, ValkeyServer() as valkey:
        if not postgres.exists("perflab_template_t"):
            postgres.create_database("perflab_template_t")
        postgres.clone("perflab_template_t", "perflab_run_t")
        with postgres.connect("perflab_run_t") as backend:  # a client that is connected when everything ends
            assert postgres.pid is not None
            assert valkey.pid
            supervisors = [parent_of(postgres.pid), parent_of(valkey.pid)]
            pids = [*supervisors, postgres.pid, valkey.pid, *descendants(postgres.pid)]
            assert backend.info.backend_pid in pids
            facts = {
                "pids": pids, "supervisors": supervisors, "postgres": postgres.pid, "valkey": valkey.pid, "uid": os.getuid(),
                "clocks": [clock is not None for clock in (postgres.backend_clock(backend), valkey.cpu_clock())],
            }  # fmt: skip
            sys.stdout.write(json.dumps(facts) + "\n")
            sys.stdout.flush()
            sys.stdin.readline()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
