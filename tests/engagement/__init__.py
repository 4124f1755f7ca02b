"""Tests of engagement."""
