"""The data set: the packaged graphs, what is derived from them, and what things are called."""
