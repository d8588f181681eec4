"""The sub-commands of the `cratewheel` command line, one module each."""
