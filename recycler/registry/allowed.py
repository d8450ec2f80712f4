"""The allow-list: every name that model.joblib may contain, and what may be done with it.

This table is the whole of it. To let a model hold an object of a new class, add its line here; a
test compares the table with what the champion really names, so that nothing unneeded stays. Not
here on purpose: numpy's scalars (a model keeps plain floats), collections.Counter and sets (plain
dictionaries and sorted tuples).
A class may stand here as OBJECT only if setting its attributes to anything at all is harmless.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

Name = tuple[str, str]
"""Module and name in it."""


class Kind(StrEnum):
    """What the loader does with a name."""

    OBJECT = "made empty, without its constructor, then given its attributes"
    ENUM = "called with one text: a member's value"
    VALUE = "kept as it is, never called"
    ARRAY = "read by the loader itself, as a header before an array's bytes"
    ARRAY_CLASS = "never touched: the class that an array's header names"
    DTYPE = "read by the loader itself, as a number type from a short list"


ALLOWED: Final[Mapping[Name, Kind]] = MappingProxyType(
    {
        ("joblib.numpy_pickle", "NumpyArrayWrapper"): Kind.ARRAY,
        ("numpy", "dtype"): Kind.DTYPE,
        ("numpy", "float64"): Kind.VALUE,
        ("numpy", "ndarray"): Kind.ARRAY_CLASS,
        ("recycler.model.factors.composition", "SamariumCobaltModel"): Kind.OBJECT,
        ("recycler.model.factors.content", "ContentModel"): Kind.OBJECT,
        ("recycler.model.factors.fitted", "Factors"): Kind.OBJECT,
        ("recycler.model.statistics.mixed_effects", "MixedEffectsRegressor"): Kind.OBJECT,
        ("recycler.model.factors.plant_yields", "PlantYields"): Kind.OBJECT,
        ("recycler.model.factors.presence", "PresenceModel"): Kind.OBJECT,
        ("recycler.model.factors.priors", "Priors"): Kind.OBJECT,
        ("recycler.model.recovery", "RecoveryModel"): Kind.OBJECT,
        ("recycler.model.factors.stage_yield", "StageYieldModel"): Kind.OBJECT,
        ("recycler.model.factors.lot_figures", "LotScatter"): Kind.OBJECT,
        ("recycler.model.factors.unit_scatter", "UnitScatter"): Kind.OBJECT,
        ("recycler.reference.rows", "Assumption"): Kind.OBJECT,
        ("recycler.reference.rows", "Product"): Kind.OBJECT,
        ("recycler.reference.rows", "RouteStage"): Kind.OBJECT,
        ("recycler.reference.rows", "Scaling"): Kind.ENUM,
        ("sklearn.feature_extraction._dict_vectorizer", "DictVectorizer"): Kind.OBJECT,
    }
)
