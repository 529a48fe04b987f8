"""What a run sets up once: servers.py starts both servers, preparation.py reads the project's database and makes templates."""
