"""All SQL of routing: one function, one statement, named for its result. Called by business modules with an open connection."""
