"""A project with forms: what a browser sends, logins of several kinds, URLs by slug, and endpoints that fail."""
