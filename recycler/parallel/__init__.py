"""Work that falls into independent tasks: on processes of this machine, or on a Dask cluster.

The results are the same on either, in the order of the tasks. A worker that dies costs the time of
what it was doing, not the run.
"""

from recycler.parallel.backends import (
    Backend,
    BackendError,
    DaskCluster,
    LocalProcesses,
    Progress,
)
from recycler.parallel.running import run

__all__ = ["Backend", "BackendError", "DaskCluster", "LocalProcesses", "Progress", "run"]
