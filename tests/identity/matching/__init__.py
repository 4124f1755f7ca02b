"""Tests of matching, mirroring its modules."""
