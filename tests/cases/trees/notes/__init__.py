"""An app without migrations, whose model links to one with."""
