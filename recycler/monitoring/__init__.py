"""What was predicted against what was measured, and what comes in against what was learned."""
