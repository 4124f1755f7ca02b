"""Promises of services/kit."""
