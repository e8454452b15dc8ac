"""Measure the bot against its budgets; ``make bench`` prints the figures."""
