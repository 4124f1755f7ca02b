"""Signing in, and what the signed-in person is: viewer, member, workspace."""
