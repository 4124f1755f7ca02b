"""Notifications: what the caller is to know of, and how the caller is told."""
