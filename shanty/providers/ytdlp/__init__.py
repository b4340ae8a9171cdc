"""yt-dlp, embedded: searching, fetching, resuming, and what its errors mean."""
