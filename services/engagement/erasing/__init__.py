"""Erasing a person from channels, journal, history, files and mailboxes, when identity asks for it. Composed by `main`."""
