"""`python -m kzld` is the command `kzld`."""

from kzld.cli import main

main()
