"""The GraphQL explorer of the gateway: GraphiQL from npm packages, built at set-up, loading nothing from outside."""
