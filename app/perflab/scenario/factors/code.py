"""A factor that changes the project's code: another revision, a patch, or what is not committed yet.

It cannot tell one change of a revision from another: all that differs between the two sides is switched at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from perflab.scenario.factors.base import CellChanges, Context, Factor, Project
from perflab.scenario.source import Problem
from perflab.scenario.strict import StrictModel, Text

Revision = Annotated[str, StringConstraints(pattern=r"^[^-\s][^\s]*$")]


class Code(StrictModel):
    """One side of a factor of the kind `code`. `{}` is the working tree, with what is not committed."""

    revision: Revision | None = Field(
        default=None,
        description="A branch, a tag or a commit. Default: HEAD with a patch, the working tree without one.",
    )
    patch: Text | None = Field(
        default=None, description="A patch file, as `git diff` writes it, that is applied to the revision."
    )
    python: Text | None = Field(
        default=None, description="The virtual environment of this side. Default: that of subject.python."
    )
    packages: Text | None = Field(
        default=None,
        description="A requirements file, pyproject.toml, uv.lock, poetry.lock or pylock.toml of this side, relative to the "
        "project's folder. uv makes an environment from it, of the Python of `python`, and keeps it; sides with the same pins "
        "share one.",
    )

    @property
    def label(self) -> str:
        """Return the side's name for people."""
        additions = [text for text in (self.patch, self.packages) if text is not None]
        code = self.revision or ("the working tree" if self.patch is None else "HEAD")
        return f"{code} with {' and '.join(additions)}" if additions else code


class CodeFactor(Factor):
    """Changes the project's code."""

    compares_code = True

    kind: Literal["code"] = Field(description="The kind of switch.")
    off: Code = Field(description="The code with the switch off; rows are made with its models.")
    on: Code = Field(
        default_factory=Code,
        description="The code with the switch on. Default: the working tree, with what is not committed.",
    )

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        return f"code: {self.off.label} when off, {self.on.label} when on"

    def problems(self, project: Project) -> Iterator[Problem]:
        """Yield a problem where both sides are the same."""
        if self.off == self.on:
            yield Problem(("on",), "both sides are the same code", "name another revision, or a patch")

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return the side."""
        return CellChanges(code="on" if on else "off")
