"""URLs of the project under test: whether one of its patterns can match an endpoint's path."""
