"""All SQL of engagement: one function, one statement, named for its result. Called by business modules with an open connection."""
