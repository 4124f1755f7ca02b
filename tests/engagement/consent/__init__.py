"""Tests of what people let us do, as engagement obeys it (W9)."""
