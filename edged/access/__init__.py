"""Who may see the page, and who change what: roles, accounts, sessions, tokens, the claim, the audit log."""
