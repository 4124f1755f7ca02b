"""Conditions on what comes in, as data, and what they would have matched.

`expression` reads conditions and judges, `trying` asks them of the last days. Nothing here changes anything.
"""
