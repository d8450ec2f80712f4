"""Migrations of the assays' tables, run by `recycler.assays.schema`."""
