"""Tests of satisfaction: who is asked, what a link takes, and what follows from a low rating."""
