"""Floor 9. The command line; every command's module is loaded by name when it runs."""
