#!/usr/bin/env bash
# Python 3.12 and 3.13: cProfile.Profile().enable() in one thread records the calls of all threads of the process.
#
# Up to 3.11 a profile holds what its own thread did, and threads that should be profiled had to enable it themselves (here
# the same lines print 0). Since 3.12 cProfile listens by sys.monitoring, which knows no threads: a request profiled in a
# threaded server has the functions of its neighbours, with their times, in its own call tree; and a second thread that
# enables a profile of its own gets a ValueError. One would expect the old behaviour; the documentation of cProfile names no
# change. Profile with one request at a time. Nothing is installed; needs Python 3.12 or 3.13.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tried='import sys; sys.exit(sys.version_info[:2] not in ((3, 12), (3, 13)))'
for python in python3 python3.13 python3.12 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[23]*/bin/python; do
    "$python" -c "$tried" 2> /dev/null && break
done
"$python" - > "$folder/seen" <<'PY'
import cProfile
import threading

begin, errors = threading.Event(), []


def neighbour() -> None:
    pass


def request() -> None:
    begin.wait()
    for _ in range(1000):
        neighbour()
    try:
        cProfile.Profile().enable()
    except ValueError as error:
        errors.append(error)


thread = threading.Thread(target=request)
thread.start()
profile = cProfile.Profile()
profile.enable()
begin.set()
thread.join()
profile.disable()
calls = sum(entry.callcount for entry in profile.getstats() if entry.code is neighbour.__code__)
print("calls of the other thread in this thread's profile:", calls)
print("a second profile:", *errors)
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
calls of the other thread in this thread's profile: 1000
a second profile: Another profiling tool is already active
SEEN
