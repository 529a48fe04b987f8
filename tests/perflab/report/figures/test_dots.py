"""What the figures of dots share."""

from __future__ import annotations

from typing import Any

import pandas as pd

from perflab.report.figures import theme
from perflab.report.figures.dots import finish


class Labels:
    """Data that only knows how to label."""

    def label(self, endpoint: str) -> str:
        return f"<{endpoint}>"


def test_endpoints_stand_at_the_side_and_the_row_of_all_in_bold() -> None:
    data: Any = Labels()
    for endpoints, weight in ((["ALL", "read"], "bold"), (["read", "write"], "normal")):
        with theme.applied():
            ax = theme.axes(len(endpoints))
            finish(ax, data, pd.DataFrame({"endpoint": endpoints}))
        labels = ax.get_yticklabels()
        assert [label.get_text() for label in labels] == [f"<{endpoint}>" for endpoint in endpoints]
        assert labels[0].get_fontweight() == weight
        assert labels[1].get_fontweight() == "normal"
        legend = ax.get_legend()
        assert legend is not None
        assert [text.get_text() for text in legend.get_texts()] == ["all off", "all on"]
