"""One class a contract, run over every implementation."""
