"""Tests of the connector protocol and of every connector."""
