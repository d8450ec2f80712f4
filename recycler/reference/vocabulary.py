"""The words that the tables may use, beside those that they define themselves."""

from recycler.elements import ELEMENTS

TOTAL_REE = "total_ree"

CARRIED = tuple(ELEMENTS)
OTHER_SYMBOLS = ("C", "Eu", "Ga", "Mn", "Nb", "O", "Zr")
"""Elements printed in the tables, but not carried in answers."""

SYMBOLS = (*CARRIED, *OTHER_SYMBOLS)
MEASURED = (*SYMBOLS, TOTAL_REE)
"""What a content can be of."""

WHOLE_FEED_WORDS = frozenset({"REE", "REE_total", "alloy", "all"})
"""What a stage yield can refer to instead of elements."""

KINDS = (
    "measured",
    "manufacturer",
    "vendor",
    "nominal",
    "compiled",
    "derived",
    "estimate",
    "model",
    "review",
)
MAGNET_TYPES = ("sintered_ndfeb", "bonded_ndfeb", "smco", "unknown")

EXCLUDE = "exclude"
LOWER_BOUND = "lower_bound"
UPPER_BOUND = "upper_bound"
FIGURE_FLAGS = (EXCLUDE, LOWER_BOUND, UPPER_BOUND)

LESS_WEIGHT_FLAGS = frozenset({"secondary", "claim"})
NOT_USED_FLAGS = frozenset(
    {"not_a_yield", "not_magnet_feed", "user_share", "possible_duplicate", "weak"}
)
YIELD_FLAGS = (LOWER_BOUND, UPPER_BOUND, *sorted(LESS_WEIGHT_FLAGS), *sorted(NOT_USED_FLAGS))

ROUTE_STAGES = (
    "liberation",
    "demagnetisation",
    "leaching",
    "separation",
    "precipitation",
    "calcination",
    "decrepitation",
    "reuse",
    "electrolysis",
    "distillation",
)
NO_STAGES = ("overall", "collection")
"""Stands in the stage column of yields of a whole chain, or of what comes before any route."""

OTHER_ROUTE = "other"
"""Route of yields that belong to none of the routes offered."""

STATE = "state"
"""Instead of a route: the state of the feed decides which figures a stage takes."""

PLANT_SCALES = ("lab", "pilot", "industrial")
DISTRIBUTIONS = ("log", "logit", "beta", "weibull")
