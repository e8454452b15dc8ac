"""Feature: the question in the channel, the reply form, and what a member does with their reply."""
