"""The names of a run's phases, as run.json has them: the experiment records the time of each, plans and pages read it."""

from __future__ import annotations

# Once in a run.
WAIT = "wait for other replays"
SEED = "seed"
START_SERVERS = "start servers"
PREPARE_DATABASES = "prepare databases"
CHECK_RESPONSES = "check answers"
PROFILE = "profile"
CONCURRENCY = "burst"
READ_PLANS = "read plans"
BUILD_INDEXES = "build indexes anew"
INDEX_STUDY = "index ledger"
DURABLE_WRITES = "durable writes"
STOP_SERVERS = "stop servers"

# In each round.
CLONE_DATABASES = "clone databases"
START_WORKERS = "start workers"
REPLAY = "replay"
COMPARE_DATABASES = "compare databases"
SAVE = "save"
END_ROUND = "end round"
FORGET_CACHES = "forget caches"
CHECK_PRECISION = "look at precision"

# What a round takes beside its replay.
AROUND_REPLAY = (
    CLONE_DATABASES,
    START_WORKERS,
    COMPARE_DATABASES,
    SAVE,
    END_ROUND,
    FORGET_CACHES,
    CHECK_PRECISION,
)
