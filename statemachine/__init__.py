"""What runs the functions: the definition, the stack, and the commands that run it here and deploy it."""
