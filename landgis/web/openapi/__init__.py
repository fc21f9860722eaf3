"""What the API says of itself: ``/api/v1/openapi.json``."""
