"""Search over the whole history, in GraphQL: types and the query."""
