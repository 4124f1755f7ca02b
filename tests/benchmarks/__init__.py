"""Tests of what the bench writes and sends; they measure nothing."""
