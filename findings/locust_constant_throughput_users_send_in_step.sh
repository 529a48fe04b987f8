#!/usr/bin/env bash
# locust 2.47.0: users with constant_throughput send at the same moments, however slowly they are spawned.
#
# Forty users that each make one request a second read as 40 requests a second. They are not: locust spawns the users of a second
# together, each then keeps its own pace exactly, and as the pace is a whole second all of them stay in step, also with a spawn rate
# of 10 a second. So the server gets some 40 requests within a tenth of each second and none in the rest of it: the percentiles are
# those of a queue of 40, and the generator's own CPU looks low, because one wake-up serves many. A random wait (expovariate) is what
# an open system has.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check locust==2.47.0
cat > "$folder/locustfile.py" <<'PY'
import os
import random

from locust import HttpUser, constant_throughput, task


class Visitor(HttpUser):
    paced = constant_throughput(1)

    def wait_time(self):
        return random.expovariate(1) if os.environ["WAIT"] == "random" else Visitor.paced(self)

    @task
    def get(self):
        self.client.get("/")
PY
cat > "$folder/arrivals.py" <<'PY'
import collections
import http.server
import subprocess
import sys
import threading
import time

arrived = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        arrived.append(time.monotonic())
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
subprocess.run(
    [sys.executable, "-m", "locust", "--headless", "--only-summary", "--users", "40", "--spawn-rate", "10", "--run-time", "14s",
     "--host", f"http://127.0.0.1:{server.server_address[1]}"], capture_output=True, check=False)
steady = [at - arrived[0] for at in arrived if 5 <= at - arrived[0] < 11]
tenths = collections.Counter(int(at * 10) % 10 for at in steady)
fullest = sum(count for _, count in tenths.most_common(2)) / len(steady)
print("two tenths of each second hold", "four fifths or more" if fullest >= 0.8 else "a third or less" if fullest <= 1 / 3 else fullest)
PY
cd "$folder"
for wait in paced random; do
    echo "$wait: $(WAIT=$wait "$folder/venv/bin/python" arrivals.py)"
done > seen
cat seen
diff - seen <<'SEEN'
paced: two tenths of each second hold four fifths or more
random: two tenths of each second hold a third or less
SEEN
