"""The outside services: how often each is asked, as whom, and what happens when it refuses."""
