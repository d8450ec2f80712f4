"""Which pieces to assay next, and what that will bring."""
