"""Who may use the server and the pages of a home: its secret, the credentials, and the door.

Knows nothing of Prefect, jobs or music: any ASGI application can be put behind the door.
"""
