"""The history of a project's runs: one dataset that only grows, a file for each run."""
