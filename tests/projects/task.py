"""A task as perflab.experiment.task is one, which does what its name says: for tests of whoever starts it."""

import json
import os
import signal
import sys
import threading
import traceback
from typing import Any


def say(**event: Any) -> None:
    print(json.dumps(event), flush=True)


def main(name: str, arguments: dict[str, Any]) -> int:
    if name == "succeed":
        print("the project printed this")
        say(event="phase", name="one")
        say(event="progress", phase="one", done=1, total=2)
        say(event="result", given=arguments)
    elif name == "fail":
        say(event="error", kind="ServerError", message="no PostgreSQL found; install one")
        return 2
    elif name == "fail inside":
        try:
            raise ZeroDivisionError("in the project")
        except ZeroDivisionError:
            traceback.print_exc()
        say(event="error", kind="SubjectError", message="its function fails")
        return 2
    elif name == "crash":
        print("Traceback: something in the project", file=sys.stderr)
        return 3
    elif name == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif name == "stop":
        say(event="phase", name="waiting")
        try:
            threading.Event().wait(60)
        except KeyboardInterrupt:
            say(event="error", kind="Interrupted", message="stopped; what was measured is kept")
            return 2
    elif name == "orphan":
        say(event="phase", name=str(os.getpid()))
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(sys.argv[2])))
