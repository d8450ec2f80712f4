"""What holds for all tests."""

import os

# The matrices are small: threads of the linear algebra library would only wait for one another,
# here and in the processes that tests start.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
