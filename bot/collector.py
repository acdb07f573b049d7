"""Keeps Python's garbage collector from stopping turns.

Rasa and its libraries leave some 430,000 objects, and a full collection, which walks them all, stops the process for
0.3 s CPU: every 1,500 turns or so, until there are many more. Almost all of a turn's own garbage dies by reference
count, and what does not is found among the young, in 2 ms at most.
"""

import gc

FULL_EVERY = 1_000  # collections of the middle generation; Python's own default is 10


def settle() -> None:
    """Exempt all objects there are from collection, for use when everything is loaded; later ones are walked as a whole
    only once in some 100,000 turns."""
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, FULL_EVERY)
