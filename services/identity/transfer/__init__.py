"""Bringing people in and giving them out: uploads, jobs that read them a chunk a transaction, reports, exports.

Called by `api`, `batch`, `admin` and `main`. A file's pieces lie in the database, so that any process may go on where one was killed.
"""
