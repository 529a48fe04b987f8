"""Writes scenarios/schema.json, with which editors complete and check scenario files.

Run it as `python -m perflab.scenario.output.schema`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from perflab.run.writer import write_text
from perflab.scenario.models import Scenario

PLACE = Path("scenarios") / "schema.json"


def text() -> str:
    """Return the schema as JSON text."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Scenario.model_json_schema(by_alias=True),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the schema to the given file, or to its place in scenarios/."""
    write_text(Path(arguments[0]) if arguments else PLACE, text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
