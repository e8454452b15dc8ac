"""Calls to Slack: clients, errors, rate limits, deadlines."""
