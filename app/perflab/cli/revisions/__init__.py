"""Commands about two revisions of a project."""
