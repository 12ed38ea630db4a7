"""Results -> views -> figures -> one HTML file; and optuna-dashboard over the same storage."""
