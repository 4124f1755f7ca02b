"""Search over the whole history: how text becomes words, how a query is read, what is found, and the worker that keeps the words."""
