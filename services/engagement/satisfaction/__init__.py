"""Satisfaction: a question after an answer, one tap to rate, and the unhappy come back to the same owner.

`asking` decides whom to ask and asks, `rating` takes the answer behind a signed link, `page` is what the person sees. The door that
serves the link is `rating_door`.
"""
