"""One run of a scenario, in the orchestrator's process: servers, databases, workers, rounds, and what comes after them."""
