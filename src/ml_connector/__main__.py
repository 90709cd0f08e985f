"""`python -m ml_connector` is the command `ml-connector`."""

from ml_connector.cli import main

if __name__ == "__main__":
    main()
