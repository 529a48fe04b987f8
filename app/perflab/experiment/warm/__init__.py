"""The warm state: caches and data as after some time of the traffic, made once per run; every round starts from it."""
