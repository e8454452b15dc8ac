"""Calls to the Slack Web API: clients, proxies, rate limits, deadlines, and errors in our own classes."""
