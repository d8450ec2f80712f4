"""Batches that two versions are asked, to show what a promotion would change for senders.

One for each kind of feed that the tables know, so that a change in one factor shows where it
matters. They never change within a release; a version that does not know a word of one says so.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from recycler.batch import (
    Assay,
    Batch,
    CoercivityClass,
    DeclaredMagnet,
    FeedState,
    LineItem,
    MagnetType,
    Reading,
)

_YEAR = 2026
_NDFEB_SH = DeclaredMagnet(MagnetType.NDFEB, coercivity_class=CoercivityClass.SH)
_ASSAY = Assay(({"Nd": Reading(0.228), "Pr": Reading(0.061), "Dy": Reading(0.039)},))


def _batch(*lines: LineItem) -> Batch:
    return Batch(lines, collected_year=_YEAR)


REFERENCE_BATCHES: Final[Mapping[str, Batch]] = MappingProxyType(
    {
        "1,000 smartphones of 2017": _batch(LineItem("phone", "smartphone", count=1000, year=2017)),
        "1,000 phones of any kind": _batch(LineItem("phone", count=1000)),
        "1 t of hard disk drives, shredded": _batch(
            LineItem("hdd", "hdd_mixed", mass_kg=1000.0, state=FeedState.SHREDDED)
        ),
        "35 traction motors of 110 kW, dismantled": _batch(
            LineItem(
                "motor",
                "ev_traction_motor",
                count=35,
                rated_power_kw=110.0,
                state=FeedState.DISMANTLED,
            )
        ),
        "800 kg of compressors": _batch(LineItem("motor", "ac_compressor", mass_kg=800.0)),
        "1 wind turbine, direct drive": _batch(
            LineItem("wind_turbine", "wind_direct_drive", count=1)
        ),
        "50 kg of magnets, type declared": _batch(
            LineItem("magnet", mass_kg=50.0, magnet=_NDFEB_SH)
        ),
        "50 kg of magnets, one assayed": _batch(
            LineItem("magnet", mass_kg=50.0, magnet=_NDFEB_SH, assay=_ASSAY)
        ),
    }
)
