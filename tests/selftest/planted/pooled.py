"""The same with a pool of one connection for all threads of a process."""

from tests.selftest.planted.settings import *  # noqa: F403
from tests.selftest.planted.settings import DATABASES

# A process has one module of settings, so the other one may change.
DATABASES["default"] |= {"CONN_MAX_AGE": 0, "OPTIONS": {"pool": {"min_size": 1, "max_size": 1, "timeout": 30}}}
