"""What can go wrong with telling somebody outside of the application. Raised by `mail` and `chat`, handled by `delivering`."""


class NotDeliveredError(Exception):
    """It did not work now and may work later. The words are ours and hold no address."""


class NotDeliverableError(Exception):
    """It never will work: nobody tries again."""
