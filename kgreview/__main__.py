"""``python -m kgreview`` is the command."""

from kgreview.cli import main

if __name__ == "__main__":
    main()
