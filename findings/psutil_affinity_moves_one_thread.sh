#!/usr/bin/env bash
# psutil 7.2.2 on Linux: Process(pid).cpu_affinity([...]) moves the process's first thread, and no thread that runs already.
#
# The method is of a Process, and reading it back gives the new processors, so that a server with worker threads looks pinned
# while its other threads go on everywhere. (psutil calls sched_setaffinity(pid), which the kernel takes for a thread id.)
# Pin before the threads start (taskset, preexec), or set every psutil.Process(pid).threads() id. Needs two processors.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check psutil==7.2.2
"$folder/venv/bin/python" - > "$folder/seen" <<'PY'
import os
import threading

import psutil

process = psutil.Process()
before = process.cpu_affinity()
assert len(before) > 1, "needs two processors"
pinned, result = threading.Event(), []


def older() -> None:
    pinned.wait()
    result.append(sorted(os.sched_getaffinity(0)))


def younger() -> None:
    result.append(sorted(os.sched_getaffinity(0)))


thread = threading.Thread(target=older)
thread.start()
process.cpu_affinity(before[:1])
pinned.set()
thread.join()
thread = threading.Thread(target=younger)
thread.start()
thread.join()
print("the process says:", process.cpu_affinity() == before[:1])
print("a thread that ran before has the one processor:", result[0] == before[:1])
print("a thread started afterwards has it:", result[1] == before[:1])
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
the process says: True
a thread that ran before has the one processor: False
a thread started afterwards has it: True
SEEN
