"""What perflab makes of a scenario: an explanation, YAML, the JSON schema, the page of its keys."""
