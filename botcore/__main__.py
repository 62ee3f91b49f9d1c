"""`python -m botcore`: the `botcore` command for this Python."""

from botcore.cli import main

main()
