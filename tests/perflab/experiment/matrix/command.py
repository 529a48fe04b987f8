"""What a point of a test runs: it saves a run with what it was given. Only the standard library, to start fast.

    python command.py SCENARIO JOURNAL [-p NAME=VALUE ...]

The journal is a folder: `started` and `finished` have a line for each command. `mode` in the scenario makes the command fail,
hang the first time, sleep for some seconds, or wait until the journal has the file `go`. Of a whole scenario, the modes are in
the journal's modes.json.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def summary_of(x: int, verdict: str) -> dict[str, Any]:
    claim = {
        "id": "fast", "statement": "It is fast", "metric": "latency_s", "unit": "s", "direction": "at_least", "bound": 0.5,
        "scope": "all", "estimate": 0.9 - x / 10, "low": 0.8 - x / 10, "high": 0.95 - x / 10, "n": 10, "rounds": 3,
        "verdict": verdict,
    }  # fmt: skip
    return {"schema": 2, "scenario": "s", "run_id": "20261123-101500", "claims": [claim]}


def main() -> int:
    scenario, journal = Path(sys.argv[1]), Path(sys.argv[2])
    text = scenario.read_text()
    data = json.loads(text.partition("\n")[2] if text.startswith("#") else text)
    if "traffic" in data:  # a whole scenario: its points differ by `zipf`
        x = int(data["traffic"]["zipf"])
        modes = json.loads((journal / "modes.json").read_text())
        data = {"x": x, "mode": modes.get(str(x), "")}
    name = f"{data['x']}"
    journal.mkdir(exist_ok=True)
    (journal / "started").touch()
    is_first = not any(line.split()[0] == name for line in (journal / "started").read_text().splitlines())
    with (journal / "started").open("a") as file:
        file.write(f"{name} {os.getpid()}\n")
    mode = data["mode"]
    folder = Path(os.environ["PERFLAB_REPORTS"]) / "s" / "20261123-101500"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"status": "running"}))
    if mode == "fail":
        sys.stderr.write("perflab: the disk is full\n")
        return 2
    if mode == "partial":
        return 0
    while mode == "hang" and is_first:
        time.sleep(60)
    if mode.startswith("sleep "):
        time.sleep(float(mode.partition(" ")[2]))
    while mode == "wait" and not (journal / "go").exists():
        time.sleep(0.02)
    (folder / "samples").mkdir()
    (folder / "samples" / "round-001.parquet").write_bytes(bytes([data["x"]]) * 5_000_000)
    (folder / "summary.json").write_text(json.dumps(summary_of(data["x"], "supported" if data["x"] < 3 else "refuted")))
    (folder / "run.json").write_text(json.dumps({"status": "complete", "x": data["x"], "argv": sys.argv[3:]}))
    with (journal / "finished").open("a") as file:
        file.write(f"{name} {os.getpid()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
