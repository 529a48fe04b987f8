"""Install a lock file into the virtual environment that runs this script, then the project itself.

usage: .venv/bin/python tools/install.py LOCK

pip writes a line or more for each of some 150 packages, and with --quiet nothing at all for minutes; so its
lines are reduced to one short count, and shown only when it fails.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PIP = [
    sys.executable,
    "-m",
    "pip",
    "install",
    "--disable-pip-version-check",
    "--no-input",
    "--progress-bar",
    "off",
]
REPORT_EVERY_S = 15


def pinned(lock: Path) -> int:
    """How many packages the lock names, those of other systems and Pythons among them."""
    return len(re.findall(r"^[\w.\-\[\]]+==", lock.read_text(), flags=re.MULTILINE))


def run(what: str, arguments: list[str], total: int = 0) -> None:
    """Run one pip command and count the packages it looks at; exit with its last lines when it fails."""
    started = last = time.monotonic()
    tail: deque[str] = deque(maxlen=40)
    seen = 0
    pip = subprocess.Popen(
        [*PIP, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=PROJECT,
    )
    with pip, pip.stdout as lines:  # type: ignore[union-attr]
        for line in lines:
            tail.append(line.rstrip())
            seen += line.startswith(("Collecting ", "Requirement already satisfied"))
            if total and line.startswith("Installing collected packages"):
                print(f"  {what}: unpacking (about a minute)", flush=True)
            elif total and seen < total and time.monotonic() - last > REPORT_EVERY_S:
                last = time.monotonic()
                print(f"  {what}: package {seen} of at most {total}", flush=True)
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
