"""The project's description of its data: what it leaves out, what its instances bring, and its mistakes."""
