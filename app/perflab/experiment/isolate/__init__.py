"""A cell's own world: what of the project's settings is changed so that cells share nothing, and nothing outside is touched.

One module for each subject; each goes from the project's own settings and the cell's place to the changed settings.
"""
