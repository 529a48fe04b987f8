"""The first scenario of a project that has none: what `perflab init` reads of it, proposes and writes."""
