"""The report for people to read: figures and a page."""
