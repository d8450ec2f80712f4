"""How fast the service answers, and what else it takes: everything behind docs/performance.md.

One module for each question, run together by `python -m benchmarks.serving` (or `./run bench`).
"""
