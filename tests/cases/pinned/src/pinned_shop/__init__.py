"""A shop in an environment of its own: another Django than perflab's, and none of its packages."""
