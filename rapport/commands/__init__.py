"""The operator's commands, a module per topic; the command line imports one only when it is called.

Each reaches a deployment through `reaching` and speaks to a service by its `admin`. Never reads a table itself.
"""
