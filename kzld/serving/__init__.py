"""`kzld serve`: the data set on the web, as a SPARQL endpoint and as pages, read-only.

From the bottom: `answers` and `pages` make an answer from the data set; `workers` runs them in
processes that can be stopped; `protocol` speaks HTTP; `server` starts and stops the service.
"""
