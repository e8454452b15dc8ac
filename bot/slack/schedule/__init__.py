"""Feature: schedules, their form and list, and the commands that ask, pause, resume and cancel."""
