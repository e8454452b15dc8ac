"""Feature: help, privacy, and unknown commands."""
