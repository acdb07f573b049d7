"""What recognises what must not leave: Presidio's recognisers where they fit, and ours in their form.

All are given texts of `frontdoor/privacy/folding.py`. Importing any of these loads Presidio, and with it spaCy (of which
no model is used): nobody does that before a desk masks something.
"""
