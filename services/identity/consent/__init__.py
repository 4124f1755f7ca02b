"""What people let us do, per channel and purpose (W9): recorded with proof, shown, told to the other services.

`words` records, `showing` reads, `settings` says what is asked for, `keywords` and `hearing` understand STOP, `links` lets a person see
and change it all, on `page`. The doors are `api.consent` and `preference_door`.
"""
