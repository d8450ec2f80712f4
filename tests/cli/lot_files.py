"""Lots in files, as `recycler assays import` takes them."""

import json

from recycler.web.lots.schema import EXAMPLE

CSV = """\
lot_id,plant,date,method,category,subtype,count,state,sample_Nd,sample_Tb,weighed_magnet_mass_g,weighed,route,recovered_Nd_kg
L-1,north,2026-11-27,ICP-OES,motor,ev_traction_motor,40,dismantled,22.8,<0.05,1480,5,,
L-1,north,2026-11-27,,,,,,23.4,,,,,
L-2,north,2026-11-28,weighing,phone,smartphone,1200,,,,,,hydrometallurgy,0.21
"""

NDJSON = "\n".join(
    json.dumps({**EXAMPLE, "lot_id": lot_id, "plant": "south"}) for lot_id in ("J-1", "J-2")
)
