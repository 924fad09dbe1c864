"""What runs in Lambda: pure modules, and an edge for each system they talk to."""
