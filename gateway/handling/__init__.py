"""What members do with threads as wholes: merge, link, mark as spam, block, act on many at once; and who takes part in them."""
