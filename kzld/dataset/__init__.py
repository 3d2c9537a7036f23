"""The data set: the packaged graphs, the derived graph, and the names of things."""
