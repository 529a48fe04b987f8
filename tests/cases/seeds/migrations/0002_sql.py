"""A partitioned table, and materialised views: the second is made from the first, though its name comes before."""

from django.db import migrations

MEASURE = """
    CREATE TABLE seeds_measure (
        id bigint NOT NULL, at timestamptz NOT NULL,
        place_id bigint NOT NULL REFERENCES seeds_place DEFERRABLE INITIALLY DEFERRED, PRIMARY KEY (id, at)
    ) PARTITION BY RANGE (at);
    CREATE INDEX measure_place ON seeds_measure (place_id);
    CREATE TABLE seeds_measure_september PARTITION OF seeds_measure FOR VALUES FROM ('2025-09-01') TO ('2025-10-01');
    CREATE TABLE seeds_measure_october PARTITION OF seeds_measure FOR VALUES FROM ('2025-10-01') TO ('2025-11-01');
"""
VIEWS = """
    CREATE MATERIALIZED VIEW seeds_total AS SELECT count(*)::int AS n FROM seeds_place;
    CREATE MATERIALIZED VIEW seeds_a_twice AS SELECT 2 * n AS n FROM seeds_total WITH NO DATA;
"""


class Migration(migrations.Migration):
    dependencies = [("seeds", "0001_initial")]
    operations = [migrations.RunSQL(MEASURE), migrations.RunSQL(VIEWS)]
