"""Tests of the databases' shape: drift, row-level security, plans."""
