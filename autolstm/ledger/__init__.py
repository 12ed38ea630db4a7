"""The ledger: an Optuna storage, what is written there, and how it is read back."""
