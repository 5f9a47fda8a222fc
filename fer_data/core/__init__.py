"""The functional core: arrays and rows in, arrays and rows out.

Nothing here knows a path, a clock, torch, a global random state or a logger.
"""
