"""The vocabulary every vendor is translated into, and the vendors themselves.

This is the lowest floor: it imports nothing of ours. A *channel* talks to customers, a *desk* to the humans who help.
"""
