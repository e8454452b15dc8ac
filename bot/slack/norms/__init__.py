"""Feature: what the channel has agreed: list, history, look again, take down."""
