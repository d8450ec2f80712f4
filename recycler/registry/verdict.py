"""What is known of a version when its promotion is judged, and what the judgement says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from recycler.registry.errors import ArtefactError


class Rule(StrEnum):
    """What one finding of a verdict is about."""

    SCORES = "scores"
    FIGURES = "figures"
    COVERAGE = "coverage"
    CRPS = "crps"
    FACTOR = "factor"
    LOTS = "lots"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of a verdict; `passed` is whether it stands in the way of a promotion."""

    rule: Rule
    passed: bool
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a version may become champion, with every reason for and against."""

    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing stands in the way."""
        return all(finding.passed for finding in self.findings)

    @property
    def objections(self) -> tuple[str, ...]:
        """What stands in the way, in sentences."""
        return tuple(finding.says for finding in self.findings if not finding.passed)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a version keeps of its evaluation.

    Attributes:
        version: Its name.
        scores: The scores of its manifest; empty if it keeps none.
        held_out: Every figure that its evaluation left out, CSV; None if it keeps none.
        unreadable: Why its scores cannot be read; empty if they can.
        lots: Every figure of a measured lot that was left out of its plant's lots, CSV; None if it
            keeps none.
    """

    version: str
    scores: Mapping[str, Any]
    held_out: str | None
    unreadable: str = ""
    lots: str | None = None


Gate = Callable[[Evidence, Evidence | None], Verdict]
"""Judges whether a version may replace the champion (None: there is none so far)."""


class PromotionRefusedError(ArtefactError):
    """The gate refused a promotion; nothing changed."""

    def __init__(self, version: str, verdict: Verdict) -> None:
        self.version, self.verdict = version, verdict
        super().__init__(f"{version} is not promoted. {' '.join(verdict.objections)}")
