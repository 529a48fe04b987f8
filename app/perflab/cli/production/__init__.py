"""Commands between a saved run and production: its results as metrics, and its prediction against what happened."""
