"""Which batch an answer is of, and which model gave it."""

from hashlib import sha256

from recycler.batch import Batch
from recycler.estimate.values import Estimate, ModelReference, Prediction


def identify(batch: Batch, version: str, *further: str) -> str:
    """Digest of what was asked and which model version answers: 32 hexadecimal digits.

    The same batch and version give the same id; anything that could change the answer changes it.

    Args:
        batch: The batch.
        version: The model version.
        further: What else was asked, where it is more than an estimate.
    """
    return sha256("\n".join((version, repr(batch), *further)).encode()).hexdigest()[:32]


def answer(batch: Batch, prediction: Prediction, model: ModelReference) -> Estimate:
    """Put the id, the batch's own words and the model's reference to a prediction."""
    return Estimate(
        estimate_id=identify(batch, model.version),
        batch_id=batch.batch_id,
        level=batch.level,
        route=batch.route,
        model=model,
        totals=prediction.totals,
        items=prediction.items,
        losses=prediction.losses,
        notes=prediction.notes,
    )
