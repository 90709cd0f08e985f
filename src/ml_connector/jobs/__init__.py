"""What happens: each job asks, decides, acts and remembers. Read top to bottom."""
