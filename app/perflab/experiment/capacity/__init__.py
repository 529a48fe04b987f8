"""The load test after the rounds: the project's cells on a real server, under requests that come at their own times."""
