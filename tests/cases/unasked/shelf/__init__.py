"""A project without a scenario: routes of many kinds, and models with what the database refuses."""
