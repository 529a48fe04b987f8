"""Whether responses stayed the same, and what became of those that did not."""
