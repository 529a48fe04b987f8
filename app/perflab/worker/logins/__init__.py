"""The headers of a request: who makes it, and what a browser adds."""
