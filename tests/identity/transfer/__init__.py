"""People who come in by files, and go out by them."""
