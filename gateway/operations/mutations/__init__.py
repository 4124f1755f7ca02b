"""What an operator can set going again: one mutation, one file."""
