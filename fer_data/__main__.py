"""`python -m fer_data`: the command line, where its script is not on the path."""

from fer_data.commands.app import main

if __name__ == "__main__":
    main()
