"""`python -m portlog` is `portlog`."""

from portlog.cli import main

main()
