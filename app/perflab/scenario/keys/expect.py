"""The keys of `expect`: what a change is meant to change."""

from __future__ import annotations

from pydantic import Field

from perflab.scenario.strict import Name, StrictModel


class Expect(StrictModel):
    """What a change is meant to change, by the endpoints: `perflab duel` and `perflab comment` do not call it worse."""

    changed_responses: list[Name] = Field(
        default_factory=list,
        description="Endpoints whose responses may differ; a stale response, or somebody else's, is never expected.",
    )
    more_queries: list[Name] = Field(default_factory=list, description="Endpoints that may make more queries.")
    slower: list[Name] = Field(default_factory=list, description="Endpoints that may take longer; ALL is all requests.")
