"""Tests of files: what they are, where they lie, how they come in, who gets them."""
