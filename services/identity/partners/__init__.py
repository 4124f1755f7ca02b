"""Partner webhooks: events told to addresses of partners, signed by Standard Webhooks, tried for days, logged, replayable.

`endpoints` is called by the API, `telling` by the subscribers, `delivering` by `main`. Never reaches an inside address, never
tells history that was brought in later.
"""
