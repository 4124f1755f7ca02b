"""Tests of the connector protocol."""
