"""Tests of the identity service, mirroring its tree."""
