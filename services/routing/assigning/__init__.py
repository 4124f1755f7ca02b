"""Assignment by fit: who of a discipline takes a task.

`fit` scores, `giving` gives waiting tasks and takes them from the silent, `agents` keeps what members can take and what a workspace
wants, `dispatching` is the sweep that gives without being asked.
"""
