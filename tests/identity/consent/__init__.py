"""Tests of what people let us do (W9)."""
