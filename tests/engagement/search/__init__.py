"""Tests of search: how text and queries are read, what is found, and for whom."""
