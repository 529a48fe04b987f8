"""Columns that look as if they had mail addresses."""

import sqlite3
from contextlib import closing

from perflab.seeding.copying.looks import look_like_mail
from perflab.seeding.masking.rules import Column


def test_texts_and_documents_with_addresses_are_told():
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE channel (value text, note text, number integer)")
        connection.execute("""INSERT INTO channel VALUES (NULL, 'a @ b', 5), ('{"to": "ann@corp.com"}', '@ann', 6)""")
        connection.execute('CREATE TABLE "empty ""one""" (value text)')
        columns = [
            Column("channel", "value", "text"),
            Column("channel", "note", "text"),
            Column("channel", "number", "integer"),
        ]
        columns.append(Column('empty "one"', "value", "text"))
        assert [column.name for column in look_like_mail(connection, columns)] == ["value"]
