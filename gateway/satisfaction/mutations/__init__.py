"""One mutation a module. Put together by the schema."""
