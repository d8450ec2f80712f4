"""Made-up figures, folds and scores."""

from recycler.model.evaluation import MODEL, Fold, Part, Score, Target


def a_target(value=0.0, source="smith2020", subtype="smartphone", factor="magnet_mass"):
    """A figure that one source prints of phones."""
    return Target(
        factor, "", "phone", subtype, value, source, frozenset({source}), f"{source}-1", -1.8
    )


def a_fold(*values):
    """A fold that knows one figure of each of some sources, and holds out one more."""
    known = tuple(a_target(value, f"source{i}") for i, value in enumerate(values))
    return Fold(Part.CONTENT, "smith2020", (), known, (a_target(),))


def a_score(measured=0.0, source="smith2020", **changes):
    """The model's score on such a figure; `probability` stands for both below and upto."""
    given = {
        "method": MODEL,
        "left_out": source,
        "factor": "magnet_mass",
        "element": "",
        "category": "phone",
        "subtype": "smartphone",
        "source": source,
        "row_id": "row-1",
        "measured": measured,
        "median": 0.0,
        "bounds": ((-1.0, 1.0), (-2.0, 2.0), (-3.0, 3.0)),
        "crps": 0.3,
    }
    point = changes.pop("probability", 0.5)
    return Score(**({"below": point, "upto": point} | given | changes))
