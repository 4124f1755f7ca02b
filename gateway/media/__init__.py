"""Files beside messages, in GraphQL: types, the query and the mutation."""
