"""The winner: refitted, forecasting from raw data, saved and loaded."""
