"""Importing: other people's documents become articles.

`files` finds what is to be read, `sandbox` reads each file in a process of its own with limits, a module per format
turns it into `pieces` (a question, its answer, where it stood), and `plan` makes articles of those and compares them
with what there is. Parsers are imported only when a file of their kind comes.
"""
