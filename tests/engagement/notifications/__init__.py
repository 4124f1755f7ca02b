"""Tests of notifications: what is told, to whom, by which means, and how often."""
