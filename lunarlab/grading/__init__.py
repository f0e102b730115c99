"""Checks with immediate feedback, and the splitter that makes the student's notebooks from the solutions."""
