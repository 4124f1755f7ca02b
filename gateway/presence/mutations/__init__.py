"""What can be changed here: one mutation, one file."""
