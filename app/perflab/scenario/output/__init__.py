"""What a scenario is turned into: an explanation, YAML, the JSON schema, the page of its keys."""
