"""Walls: the report of people who are left unanswered."""
