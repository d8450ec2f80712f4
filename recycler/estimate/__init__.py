"""What goes out: the values of an answer, tables of its figures, and lines that wait in them."""

from recycler.estimate.identity import answer, identify
from recycler.estimate.lines import DrawnLine, DrawnLines, LineWords, words_of
from recycler.estimate.table import Amounts, in_words, quantities_of
from recycler.estimate.values import (
    ElementEstimate,
    ElementLoss,
    Estimate,
    FactorBasis,
    ItemEstimate,
    Mass,
    ModelReference,
    Note,
    Prediction,
    Quantity,
    SourceUse,
    StageLoss,
    Totals,
    VarianceShares,
)

__all__ = [
    "Amounts",
    "DrawnLine",
    "DrawnLines",
    "ElementEstimate",
    "ElementLoss",
    "Estimate",
    "FactorBasis",
    "ItemEstimate",
    "LineWords",
    "Mass",
    "ModelReference",
    "Note",
    "Prediction",
    "Quantity",
    "SourceUse",
    "StageLoss",
    "Totals",
    "VarianceShares",
    "answer",
    "identify",
    "in_words",
    "quantities_of",
    "words_of",
]
