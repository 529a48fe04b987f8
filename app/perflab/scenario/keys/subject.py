"""The keys of `subject`: the project, and where it runs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from perflab.scenario.strict import Dotted, Importable, StrictModel, Text, Variable
from perflab.scenario.traffic import Login


# Named after its key; project.py sets up what it describes.
class Subject(StrictModel):
    """The Django project under test."""

    settings: Dotted = Field(description="Its settings module.")
    seed: Importable | None = Field(
        default=None,
        description="`package.module:name` of the function that returns the example rows (archetypes) that perflab multiplies. "
        "Default: rows are made from the models alone (see data.from).",
    )
    auth: Login | None = Field(
        default=None,
        description="How callers log in: `session` (Django's session, by the project's SESSION_ENGINE and authentication "
        "backend), `token` (Django REST framework's authtoken), or `package.module:name` of a function that takes a user_id and "
        "returns request headers. An endpoint may have its own.",
    )
    host: Text | None = Field(
        default=None,
        description="The host of all requests. Default: the first name in ALLOWED_HOSTS that is not a pattern, an IP address or "
        "a name of this machine; else the domain of the first pattern such as `.example.com`; else localhost.",
    )
    database: Literal["postgresql", "sqlite"] | None = Field(
        default=None,
        description="The database to measure on, for all aliases. Default: PostgreSQL if PERFLAB_DATABASE_URL is set, else the "
        "one that the project's own settings use; a project on any other database, or on both, needs this key.",
    )
    python: Text | None = Field(
        default=None,
        description="A virtual environment, or its interpreter (Python 3.10 or later, Django 4.2 to 6.1), in which the project "
        "runs. All of its code, including the seeding and the checks of `perflab check`, uses its packages, not perflab's. It "
        "does not need numpy; to measure on PostgreSQL, it needs psycopg or psycopg2, of any version. Rows are drawn in "
        "perflab's interpreter, so seeding can use only the column classes of perflab.seeding. A relative path starts in the "
        "folder that perflab runs in. Default: the interpreter of perflab.",
    )
    path: list[Text] = Field(
        default_factory=list,
        description="Folders that come first on sys.path, such as `src`; a relative one starts in the folder that the project "
        "runs in. That folder itself comes after them.",
    )
    folder: Text | None = Field(
        default=None,
        description="The folder that the project runs in, such as the one of its manage.py; relative paths under `path` start "
        "there. With it, the project runs in processes of its own. Default: the folder that perflab runs in.",
    )
    files: list[Text] = Field(
        default_factory=list,
        description="Files and folders that the project needs and git does not have, such as `.env`, relative to the root of the "
        "working tree: where revisions are compared, each has a copy of them.",
    )
    env: dict[Variable, str] = Field(
        default_factory=dict,
        description="Environment variables of the project, over those of the shell: in each cell, and where the project is "
        "checked, migrated and seeded. run.json shows them, but neither the values of names such as API_KEY nor logins in URLs.",
    )
    allow: list[Text] = Field(
        default_factory=list,
        description="What the project may reach besides perflab's own servers: `host:port`, or the path of a Unix socket. All "
        "other connections are refused, and named.",
    )
