"""`ml-connector demo`: both companies simulated, the connector itself, and a morning's worth of orders."""
