"""Tests of composing: what members do before and beside a reply."""
