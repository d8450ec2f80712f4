"""What was predicted against what was measured, and what comes in against what was learned."""

from recycler.monitoring.bias import Bias
from recycler.monitoring.coverage import Coverage, LevelCoverage, Period
from recycler.monitoring.exchangeability import Evidence, Exchangeability, Stretch
from recycler.monitoring.martingale import THRESHOLD
from recycler.monitoring.pit import PitHistogram
from recycler.monitoring.report import Asked, Monitoring, Rules, judged, monitor
from recycler.monitoring.shift import Intake, Shift, ThinCategory, WordShare
from recycler.monitoring.verdict import (
    Call,
    Decision,
    Finding,
    LotCounts,
    Verdict,
    figure_name,
    is_off,
    rejected,
)
from recycler.monitoring.watching import Watch, rules_of

__all__ = [
    "THRESHOLD",
    "Asked",
    "Bias",
    "Call",
    "Coverage",
    "Decision",
    "Evidence",
    "Exchangeability",
    "Finding",
    "Intake",
    "LevelCoverage",
    "LotCounts",
    "Monitoring",
    "Period",
    "PitHistogram",
    "Rules",
    "Shift",
    "Stretch",
    "ThinCategory",
    "Verdict",
    "Watch",
    "WordShare",
    "figure_name",
    "is_off",
    "judged",
    "monitor",
    "rejected",
    "rules_of",
]
