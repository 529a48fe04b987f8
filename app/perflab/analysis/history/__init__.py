"""Many nights: whether a figure changed, and when."""
