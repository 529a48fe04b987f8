"""Where a project's indexes are and where they come from: their apps, tables and columns, and the migrations that made them."""
