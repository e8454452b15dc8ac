"""Write a report to keep: one page with everything that a channel was shown, and the same as rows.

Stored results go in, nothing else: whoever opens the page learns what every member could read in Slack.
"""

from bot.report.export import as_csv, as_json, result_data
from bot.report.page import report_page
from bot.report.views import Subject

__all__ = ["Subject", "as_csv", "as_json", "report_page", "result_data"]
