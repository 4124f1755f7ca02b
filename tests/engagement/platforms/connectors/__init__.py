"""The connectors of platforms that exist for tests only; found as those of the product are."""
