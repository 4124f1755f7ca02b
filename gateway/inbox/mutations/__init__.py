"""Mutations of the inbox, one file each."""
