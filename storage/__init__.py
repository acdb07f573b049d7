"""Everything that must survive: one file per table group, plain functions over an open transaction.

A function takes a SQLAlchemy `Connection` first and is run by `Database.write` or `Database.read`, so that what
belongs together
is one transaction. Nothing outside this folder knows which database it is.
"""
