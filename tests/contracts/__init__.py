"""Tests of what services say to one another: frozen ids, conversation keys, recorded events, the public surface."""
