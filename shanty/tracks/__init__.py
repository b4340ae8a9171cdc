"""What a person or the maintenance job says of tracks: catalogue and queue are changed together."""
