"""Feature: the Home tab."""
