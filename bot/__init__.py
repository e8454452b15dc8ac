"""Belonging Bot."""
