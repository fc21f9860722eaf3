"""Files in: from what a survey office sends to a ParcelSet with its evidence."""
