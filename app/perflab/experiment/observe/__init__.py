"""What the orchestrator reads from the servers: counters, catalogue, plans, table contents."""
