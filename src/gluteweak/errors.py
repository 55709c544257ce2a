"""The error that users see: one sentence, no traceback, exit code 2."""


class InputError(ValueError):
    """Bad input. The message names the thing, what was found, what would do and where to change it."""


class SolveError(RuntimeError):
    """A simulation did not converge or OpenSim did not certify it; nothing that looks like a result was written."""
