"""The only door: GraphQL, REST and webhooks to the owning service, subscriptions, sign-in. Has no database.

Start with `main` (what is composed), then `schema` (what can be asked).
"""
