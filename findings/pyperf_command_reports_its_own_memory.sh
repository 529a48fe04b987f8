#!/usr/bin/env bash
# pyperf 2.10.0 on Linux: `pyperf command` gives a program of 2 MB a command_max_rss of 12 MB, which is pyperf's own.
#
# The field is getrusage(RUSAGE_CHILDREN).ru_maxrss. Linux keeps the peak that a process had before exec, and until then a
# child has the memory of its parent: no child is ever smaller than the process that started it. The program's own peak is
# VmHWM in /proc/PID/status, which begins anew with exec. One would expect the two to agree; but every "peak memory of a
# subprocess" by getrusage or wait4 is at least the caller's size, here shown for a caller of 200 MB too. What a smaller
# program does never shows. Start it from a small process (GNU time), or read VmHWM, or memory.peak of a cgroup.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyperf==2.10.0
"$folder/venv/bin/python" -m pyperf command --processes 1 --values 1 --warmups 0 --quiet --output "$folder/grep.json" \
    -- grep VmHWM /proc/self/status > "$folder/log"
"$folder/venv/bin/python" - "$folder/grep.json" > "$folder/seen" <<'PY'
import resource
import subprocess
import sys

import pyperf

MEGABYTE = 2**20
COMMAND = ["grep", "VmHWM", "/proc/self/status"]
own = int(subprocess.run(COMMAND, capture_output=True, text=True, check=True).stdout.split()[1]) * 1024
recorded = pyperf.Benchmark.load(sys.argv[1]).get_runs()[-1].get_metadata()["command_max_rss"]
print("the program's own peak is below 4 MB:", own < 4 * MEGABYTE)
print("command_max_rss is above 8 MB:", recorded > 8 * MEGABYTE)
block = b"x" * (200 * MEGABYTE)
subprocess.run(COMMAND, capture_output=True, check=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
print("started by a caller of 200 MB it has above 200 MB:", peak > 200 * MEGABYTE)
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
the program's own peak is below 4 MB: True
command_max_rss is above 8 MB: True
started by a caller of 200 MB it has above 200 MB: True
SEEN
