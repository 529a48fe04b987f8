"""A shop whose responses vary by themselves, go stale, or are nothing that anybody expects."""
