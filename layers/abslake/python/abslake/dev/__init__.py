"""The laptop: command line, local stack, demo. Nothing that runs in AWS imports from here."""
