"""Serve a strict local Slack workspace on the loopback interface. It imports nothing else of the bot."""
