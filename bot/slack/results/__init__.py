"""Feature: summaries, cycles and trends, sharing them, and taking a quote down."""
