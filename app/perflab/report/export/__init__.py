"""A run's results as metrics: `series` collects them, `openmetrics` and `otlp` write them, grafana.json shows them."""
