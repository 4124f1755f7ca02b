"""Connecting accounts by signing in at their platform (OAuth): our registrations, the way there and back, accounts to choose from."""
