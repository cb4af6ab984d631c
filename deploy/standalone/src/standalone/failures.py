"""What can go wrong and a person can mend: shown as one sentence, without a traceback."""


class Failure(Exception):
    """The message is the sentence."""
