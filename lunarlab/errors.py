"""What lunarlab raises. A crash is not here: it is a verdict of a flight."""


class LunarlabError(ValueError):
    """Wrong input: the message names the argument, the value and what is allowed."""


class CaseError(LunarlabError):
    """A mission file, or a change made to one, that can't be used: names file and key."""


class PluginError(LunarlabError):
    """A student's law or filter that can't be called at all (not a function, wrong arguments)."""
