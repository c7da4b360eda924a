"""`python -m brickyard` is `brick`."""

from brickyard.cli import main

main()
