"""What the product promises, by behaviour alone: the state machine and the commands. What fails today is marked."""
