"""What a switch changes in the project's process: Django apps that a factor adds to INSTALLED_APPS."""
