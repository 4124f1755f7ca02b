"""Everybody is told: in the application, by e-mail, by chat, as a digest. One notification per matter, never a flood.

`sources` and `sweeping` find out what is to be told, `telling` writes it down, `delivering` sends what goes out, `preferences` keeps how
each member wants to be told. Called by the edges and run by `main`.
"""
