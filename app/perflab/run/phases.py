"""The phases of a run: the experiment records the time of each, plans and pages read it.

The constants are the names that run.json has. Where people see another name, its title stands beside it.
"""

from __future__ import annotations

# Names whose title is another one: older runs and the readers of run.json know them by their name.
_TITLES: dict[str, str] = {}


def _titled(name: str, title: str) -> str:
    """Return the name of a phase after noting its title."""
    _TITLES[name] = title
    return name


def title_of(name: str) -> str:
    """Return what people call a phase."""
    return _TITLES.get(name, name)


# Once in a run.
WAIT = "wait for other replays"
SEED = "seed"
FIRST_REQUESTS = "first requests"
START_SERVERS = "start servers"
PREPARE_DATABASES = "prepare databases"
WARM_UP = "warm up"
OPEN_LANES = "open lanes"
CHECK_RESPONSES = _titled("check answers", "check responses")
PROFILE = "profile"
CONCURRENCY = _titled("burst", "concurrency probe")
LOAD = "load test"
READ_PLANS = "read plans"
BUILD_INDEXES = _titled("build indexes anew", "rebuild indexes")
INDEX_STUDY = _titled("index ledger", "index study")
DURABLE_WRITES = "durable writes"
STOP_SERVERS = "stop servers"

# In each round.
CLONE_DATABASES = "clone databases"
START_WORKERS = "start workers"
RESTORE = "restore caches"
REPLAY = "replay"
COMPARE_DATABASES = "compare databases"
SAVE = "save"
END_ROUND = "end round"
FORGET_CACHES = _titled("forget caches", "clear caches")
CHECK_PRECISION = _titled("look at precision", "check precision")

# What a round takes beside its replay.
AROUND_REPLAY = (
    CLONE_DATABASES,
    START_WORKERS,
    RESTORE,
    COMPARE_DATABASES,
    SAVE,
    END_ROUND,
    FORGET_CACHES,
    CHECK_PRECISION,
)
