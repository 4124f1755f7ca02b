"""Tests of partner webhooks."""
