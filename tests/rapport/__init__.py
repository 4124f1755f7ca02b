"""Tests of the running part: the embedded servers and the supervisor, with the real programs."""
