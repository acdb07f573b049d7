"""The built-in human desk: tiers, opening hours, agents, tickets, the console's API and its live socket.

`connector.BuiltInDesk` makes it a desk like any other; `api.routes` is what the console at /desk/ speaks to.
"""
