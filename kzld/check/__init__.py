"""Contributions checked: what is wrong, on which line, and how to mend it."""
