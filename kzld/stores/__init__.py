"""Triple stores over HTTP: the data set loaded into them and asked there."""
