"""The operator's commands, each called as a person calls it, against a real database."""
