"""Install a lock file into the virtual environment that runs this script, then the project itself.

usage: .venv/bin/python tools/install.py LOCK

pip writes a line or more for each of some 150 packages, and with --quiet not even a progress bar for minutes; so its lines
become one short count, and are shown in full only when it fails.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PIP = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "--no-input"]
REPORT_EVERY_S = 15


def pinned(lock: Path) -> int:
    """How many packages the lock names, those of other systems and Pythons among them."""
    return len(re.findall(r"^[\w.\-\[\]]+==", lock.read_text(), flags=re.MULTILINE))


def run(what: str, arguments: list[str], total: int | None = None) -> None:
    """Run one pip command, showing a count of the packages it has looked at; exit with its output when it fails."""
    started = last = time.monotonic()
    tail: deque[str] = deque(maxlen=40)
    seen = 0
    with subprocess.Popen(
        [*PIP, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", cwd=PROJECT
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            tail.append(line.rstrip())
            seen += line.startswith(("Collecting ", "Requirement already satisfied"))
            unpacking = line.startswith("Installing collected packages")
            if unpacking or (total and time.monotonic() - last > REPORT_EVERY_S):
                last = time.monotonic()
                doing = "unpacking (about a minute)" if unpacking else f"package {seen} of at most {total}"
                print(f"  {what}: {doing}, {last - started:.0f} s", flush=True)
    if pip.returncode:
        print(*tail, sep="\n", file=sys.stderr)
        sys.exit(f"error: pip could not install {what}; its last lines are above")
    print(f"  {what}: done in {time.monotonic() - started:.0f} s", flush=True)


def main() -> None:
    """Hold every package to its hash; the project needs none, because it is linked and not copied."""
    lock = Path(sys.argv[1])
    run(str(lock), ["--require-hashes", "--only-binary", ":all:", "-r", str(lock)], pinned(lock))
    run("perflab", ["--no-deps", "--no-build-isolation", "--editable", "."])


if __name__ == "__main__":
    main()
