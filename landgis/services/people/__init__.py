"""Stories of people: their accounts, their passwords, signing in and out."""
