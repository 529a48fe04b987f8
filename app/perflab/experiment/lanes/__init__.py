"""Rounds at once: each lane has servers, clones and a core of its own; a round is never divided."""
