"""Measured lots, kept in SQL: SQLite by default, PostgreSQL by its URL."""
