"""Who may use the server and the pages of a home: its secret, what opens the door, and the door.

Knows nothing of Prefect, jobs or music: whatever speaks ASGI can be put behind the door.
"""
