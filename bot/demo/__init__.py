"""A strict local Slack workspace, served on the loopback interface; it imports nothing else of the bot."""
