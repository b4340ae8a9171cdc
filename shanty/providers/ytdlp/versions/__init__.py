"""Which yt-dlp is in use: the one that is installed, or a newer one that lies beside it in home.

``choice`` says which one, ``renewal`` finds and proves newer ones by means of ``installer`` and
``proof``, and ``outcomes`` notices if a newer one does worse than the one before.
"""
