"""Entry point: `python -m cli` is the merit command."""

from cli.main import main

if __name__ == "__main__":
    main()
