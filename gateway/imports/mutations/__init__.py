"""Mutations of imports, one a module."""
