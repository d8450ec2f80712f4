"""The answer to GET /v1/monitoring, for the OpenAPI document only; see `recycler.monitoring`."""

import marshmallow as ma
from marshmallow import fields

from recycler.lot import LEVELS
from recycler.monitoring import Call, Decision
from recycler.web.answers.schemas import (
    amount,
    amounts,
    many,
    number,
    one,
    share,
    text,
    whole,
    wholes,
    word,
)


def day(description: str, *, allow_none: bool = False) -> fields.Date:
    """Document a day that is always there."""
    return fields.Date(required=True, allow_none=allow_none, metadata={"description": description})


class FindingSchema(ma.Schema):
    """One thing that was found."""

    code = text("Short name of the kind of finding.")
    calls_for = word("What it calls for; `measure` is lots of some kind.", Call)
    message = text("The finding, a sentence.")


class VerdictSchema(ma.Schema):
    """Whether retraining is worth it."""

    decision = word("What the verdict comes to.", Decision)
    summary = text("The same in a sentence.")
    findings = many(FindingSchema, "What it rests on; what calls for retraining comes first.")


class LotCountsSchema(ma.Schema):
    """How many lots there are to judge by."""

    stored = whole("Lots of the plant, or of all plants, that are not deleted.")
    quarantined = whole("Those of them that are set aside.")
    unseen = whole("Those not set aside that the model has not learned from.")
    judged = whole("Those of them, since the day asked for, with a figure that it predicts.")
    enough = whole("Unseen lots from which on retraining is worth it for their sake.")


class LevelCoverageSchema(ma.Schema):
    """Coverage of the intervals of one level."""

    level = share("What the intervals promise")
    inside = share("Share of the figures inside")
    lower = share("Lower end of its error bar")
    upper = share("Upper end of its error bar")
    p_value = share("How well chance explains the distance from the level")


class CoverageSchema(ma.Schema):
    """Coverage of a group of figures; what it is not a group of is null."""

    plant = text("The plant.", allow_none=True)
    measure = text("What the figures are of: mass_fraction, ...", allow_none=True)
    element = text("Their element; empty for a magnet mass.", allow_none=True)
    category = text("The category.", allow_none=True)
    lots = whole("Lots of the figures.")
    figures = whole("The figures.")
    levels = many(LevelCoverageSchema, f"At the levels {', '.join(map(str, LEVELS))}.")


class PeriodSchema(ma.Schema):
    """Coverage of 90 % intervals for lots that followed one another."""

    first = day("Day of the first lot.")
    last = day("Day of the last lot.")
    lots = whole("The lots.")
    figures = whole("Their figures.")
    inside = share("Share of the figures inside")
    lower = share("Lower end of its error bar")
    upper = share("Upper end of its error bar")


class PitHistogramSchema(ma.Schema):
    """Figures by tenth of the predicted probability of less than was measured."""

    counts = wholes("Figures in each tenth, from the lowest.")
    expected = amount("Figures in each if predictions are right.")
    fewest = amounts("Lower end of the band of right predictions, bin by bin.")
    most = amounts("Upper end of that band.")


class BiasSchema(ma.Schema):
    """Measured over predicted median of one figure: exp(mean log ratio) - 1, in %."""

    measure = text("What the figure is of.")
    element = text("Its element; empty for a magnet mass.")
    category = text("The lots' category; null for all.", allow_none=True)
    lots = whole("Lots with such a figure.")
    bias_pct = number("Above 0 if more is measured than predicted, %.", minimum=-100)
    lower_pct = number(
        "Lower end of its error bar, %; null under three.", allow_none=True, minimum=-100
    )
    upper_pct = number(
        "Upper end of its error bar, %; null under three.", allow_none=True, minimum=-100
    )
    p_value = share("How well chance explains a lean to one side", allow_none=True)


class StretchSchema(ma.Schema):
    """How lots fared in a part of the history."""

    lots = whole("The lots.")
    above_median = share("Mean share of a lot's figures above their predicted median")
    inside = share("Mean share of a lot's figures inside their 90 % interval")


class EvidenceSchema(ma.Schema):
    """Evidence against exchangeability at one moment."""

    measured_on = day("Day of the lot.")
    lots = whole("Lots up to it.")
    evidence = amount("Wealth of a bet against exchangeability; 20 rejects it.")


class ExchangeabilitySchema(ma.Schema):
    """Whether lots fare alike at all times."""

    lots = whole("Lots looked at.")
    p_value = share("Permutation test of a change at any one moment", allow_none=True)
    changes_on = day("First day after the largest change.", allow_none=True)
    earlier = one(StretchSchema, "The lots before it.", allow_none=True)
    recent = one(StretchSchema, "The lots from it on.", allow_none=True)
    course = many(EvidenceSchema, "Evidence lot by lot, at most 200 points.")
    highest = amount("The highest that evidence ever was.")


class WordShareSchema(ma.Schema):
    """Shares of the lines with a word; null where there is nothing to have a share of."""

    word = text("The word; empty if it was not said.")
    recent = share("Of the recent lines")
    earlier = share("Of the earlier lines", allow_none=True)
    learned = share("Of the rows and lots learned from", allow_none=True)


class ShiftSchema(ma.Schema):
    """How far recent lines lie from others in one respect."""

    dimension = text("category, product, years, state, magnet_type or declared.")
    from_earlier = share("Total variation distance to earlier lines", allow_none=True)
    p_value = share("How well chance explains it, days being shuffled", allow_none=True)
    from_learned = share("Distance to the rows and lots learned from", allow_none=True)
    words = many(WordShareSchema, "Every word, the most frequent of recent lines first.")


class ThinCategorySchema(ma.Schema):
    """A category that comes in although little has been learned of it."""

    category = text("The category.")
    lines = whole("Recent lines of it.")
    rows = whole("Rows and lots learned from.")


class IntakeSchema(ma.Schema):
    """Lines that came in lately, beside earlier ones and what was learned from."""

    recent_from = day("First day that counts as recent.")
    recent_lines = whole("Lines since then.")
    earlier_lines = whole("Lines of the year before.")
    recent_pieces = whole("Pieces since then, of lines that give a count.")
    out_of_domain = share("Recent lines that published data do not cover", allow_none=True)
    out_of_domain_before = share("The same of earlier lines", allow_none=True)
    unexpected = share("Recent lines that declare what is far from predicted", allow_none=True)
    unexpected_before = share("The same of earlier lines", allow_none=True)
    shifts = many(ShiftSchema, "By dimension; none without recent lines.")
    thin = many(ThinCategorySchema, "Recent categories of which little has been learned.")


class MonitoringSchema(ma.Schema):
    """What was predicted against what was measured, and what comes in against what was learned."""

    version = text("The model that is judged.")
    plant = text("The plant whose lots are judged; null for all.", allow_none=True)
    since = day("Day from which on lots are judged; null for all.", allow_none=True)
    error_level = share("Level of all error bars")
    verdict = one(VerdictSchema, "Whether retraining is worth it.")
    lots = one(LotCountsSchema, "How many lots there are to judge by.")
    coverage = many(CoverageSchema, "Of all figures, then by plant, by figure, by category.")
    periods = many(PeriodSchema, "Coverage in the course of time.")
    pit = one(PitHistogramSchema, "Where figures fell; null without lots.", allow_none=True)
    bias = many(BiasSchema, "By figure, then by category.")
    exchangeability = one(ExchangeabilitySchema, "Null without lots.", allow_none=True)
    intake = one(IntakeSchema, "Of all plants; null if lines are not counted.", allow_none=True)
