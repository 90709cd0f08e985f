"""Making, checking and ending a connection between one shop and one organisation."""
