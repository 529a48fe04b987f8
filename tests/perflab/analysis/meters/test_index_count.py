from __future__ import annotations

import pytest

from tests.perflab.analysis.claimed import claim, judge
from tests.perflab.analysis.tables import flat, samples_of


@pytest.mark.parametrize(("count", "verdict"), [(22, "supported"), (21, "refuted"), (None, "not measured")])
def test_indexes_are_counted_by_the_run(count, verdict):
    table = samples_of({"all_off": flat(1), "all_on": flat(1)})

    assert judge(table, claim("index_count", "equals", 22), index_count=count).verdict == verdict
