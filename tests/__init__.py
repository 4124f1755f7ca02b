"""Tests, in folders that mirror the tree. A package, so that tests.rapport is not rapport."""
