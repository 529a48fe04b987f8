"""The keys of a profile: the size of a run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from perflab.scenario.strict import Positive, StrictModel

# Keys of a profile under which older scenario files have them.
FORMER_PROFILE_KEYS = {"turn": "slice", "ledger_s": "index_study_s"}


class Profile(StrictModel):
    """The size of a run."""

    scale: Positive = Field(description="Number by which data.rows is multiplied.")
    rounds: Annotated[int, Field(ge=1)] = Field(description="Number of rounds; an interval needs 3 or more.")
    block: Annotated[int, Field(ge=20)] = Field(
        description="Number of consecutive requests that every cell replays before any cell continues."
    )
    slice: Annotated[int, Field(ge=1)] = Field(
        default=5, description="Number of requests of a measured block that a cell replays before the next cell does."
    )
    replay_s: Positive = Field(description="Seconds of replay, the total of all rounds and cells.")
    warm_s: Annotated[float, Field(ge=0, le=86400)] | None = Field(
        default=None,
        description="Seconds of simulated time before each round, instead of traffic.warm.",
    )
    warmup_blocks: Annotated[int, Field(ge=0)] = Field(
        default=1,
        description="Number of blocks at the start of a round, for new processes to warm up: their times are not evaluated, "
        "their responses are compared. The first one has a request of each endpoint.",
    )
    minutes: Positive | None = Field(
        default=None,
        description="No round begins after so many minutes since the run got its turn; `rounds` is the most.",
    )
    decide: bool = Field(
        default=False,
        description="Stop once every claim on a figure is decided, or the rounds left could not decide it; `rounds` is the most. "
        "Claims are judged after each round from the fourth on; intervals are wider, so that they still hold. Of revisions "
        "without claims: stop once times are known well enough, as `perflab duel` does.",
    )
    lanes: Annotated[int, Field(ge=1, le=64)] | Literal["auto"] = Field(
        default="auto",
        description="Number of rounds that are played at once, each on a core of its own with servers of its own. auto: as many "
        "as the machine has cores, up to 4, as long as a small request takes at most a tenth longer then.",
    )
    index_study_s: Annotated[float, Field(ge=0)] = Field(
        default=0,
        description="Seconds, in addition to replay_s, to measure the system without some indexes; 0 skips this study.",
    )

    capacity_s: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Seconds of the load test, instead of capacity.seconds; 0 skips it."
    )

    @model_validator(mode="before")
    @classmethod
    def _former_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {
            key if (new := FORMER_PROFILE_KEYS.get(key)) is None or new in data else new: value
            for key, value in data.items()
        }
