"""All SQL of the service: one function, one statement, named for its result. The schema is the role's search path.

`people` writes profiles and contacts, `contacts` reads them, `access` has members, sessions and keys.
"""
