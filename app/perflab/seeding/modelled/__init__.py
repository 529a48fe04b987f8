"""Rows from the models alone, for a project that describes none: `data: {from: models}`.

They fit the fields, their validators and the constraints; what belongs together beyond that, only a description of the project's
own can tell (`subject.seed`).
"""
