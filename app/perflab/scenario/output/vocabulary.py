"""The section of docs/scenario.md about the function that `subject.seed` names: tables, and how their columns are drawn."""

from __future__ import annotations

# An example of each column, and what it holds.
COLUMNS = {
    "Each(User)": "The row of another table that has the same number: one-to-one. For its own table: the row before.",
    "Popular(User, exponent=0.9)": "A row of another table; few rows are chosen often (a power law). `among` is a function that "
    "takes an archetype of that table and says whether its rows may be chosen. `at_most` limits how often one row is chosen. "
    "`distinct_within` names an earlier column: rows of this table with the same value there never link to the same row.",
    "Pick(User, weight=lambda user: user.is_active)": "Any row of another table, in proportion to a weight of its archetype.",
    "Distinct(Order, times=2)": "A row of another table, none more than `times` times. For its own table: a tree in which "
    "every row has up to `times` children.",
    'CountOf(Comment, "post")': "How many rows of another table link to this one by that column: a counter. `among` as above.",
    'OneOf(Player, "team")': "One of the rows of another table that link to this one, or null: a team's captain.",
    'Same("order.customer")': "The value of another column, followed through links.",
    'Either("turn", ("buyer", "seller"))': "The value of one of several columns, by the number in the column named first.",
    'Mostly("owner", 0.9, Popular(User))': "The value of another column in this share of the rows, otherwise one of the "
    "inner column.",
    'Turn("order", of=2)': "Numbers from 0 that distinguish the rows with the same value of a column.",
    "Sometimes(0.3, Pick(User))": "A value of the inner column in this share of the rows, otherwise null.",
    "Between(as_of - timedelta(days=90), as_of)": "A moment or day, drawn uniformly at random.",
    'After("created_at", (0, 14), until=as_of)': "A moment between 0 and 14 days after that of another column, and not "
    "after `until`.",
    "Series(as_of - timedelta(days=90), as_of)": "Moments or numbers that grow in the order of the rows. With `first` and "
    "`last`, they are spread over that span. With only `first`, they grow by `step`. With `within`, they begin anew for every "
    'value of an earlier column: `Series(1, within="order")` numbers the lines of an order.',
    'Numbered("user", "@example.com")': "A text with the row's number in it: unique.",
    "Key(32)": "The row's number as a text of this length, padded with zeros: unique.",
    "Uuid()": "A version 4 UUID.",
}

TEXT = """## The function that `subject.seed` names

`archetypes(as_of, rows, rng)` returns a list of tables. It takes the moment at which the data ends, `data.rows` after scaling,
and a random generator with the run's seed.
`Table(Post, rows["posts"], [Post(title="A"), Post(title="B")], columns={...})` makes as many posts as `data.rows` says: each
takes the values of one of the example instances (its archetype), and a value of its own for the columns that are listed. With
`None` in place of the number, the archetypes themselves are the rows.

- The order of the tables does not matter. Tables may refer to each other in a cycle, or to themselves; in a self-reference, each
  row links to an earlier row, the first to none (to itself if the column may not be null).
- Rows that migrations made stay, with their keys: archetypes and columns can link to them, with or without a table of their own
  in the list. `Table(..., keep=False)` replaces them.
- What the database computes or fills in (generated columns, `db_default`) is left to it; a default of the current time becomes
  the moment at which the data ends. Unique UUIDs need no column, nor do dates with `auto_now_add` and `auto_now`, which are
  spread over the year before that moment. A child of multi-table inheritance brings its parent's rows, beside those of other
  children and the parent's own.
- Further arguments of `Table`: `links` adds columns that are not stored but that other columns can follow; `archetype_from` and
  `weighted_by` decide which archetype a row takes.
- If no migration creates the table of a listed unmanaged model, perflab creates it from the model. The function may itself
  create, through `django.db.connections`, anything else that exists in production without a migration, such as a view.
- Materialised views are refreshed afterwards, and sequences continue after the greatest key.

All mistakes are reported together. If the function makes no query, they are reported before any server starts.

Columns, all in `perflab.seeding`:

| column | value |
|---|---|
"""


def text() -> str:
    """Return the section as Markdown."""
    return TEXT + "".join(f"| `{example}` | {meaning} |\n" for example, meaning in COLUMNS.items())
