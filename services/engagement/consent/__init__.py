"""What people let us do, obeyed before everything that we send (W9).

`rules` says what may go out, `asking` looks it up, `keeping` follows what identity tells, `links` leads people to their preferences.
"""
