"""What programs ask: JSON below ``/api/v1``, whether we live, and numbers for Prometheus."""
