"""The outside services: one module each, which turns the service's errors into ours."""
