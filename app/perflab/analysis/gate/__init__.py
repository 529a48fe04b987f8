"""Whether anything got worse between two runs."""
