"""Service levels: within how long people are answered, and by when their matters are to be resolved."""
