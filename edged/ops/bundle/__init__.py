"""The diagnostics bundle: what somebody far away needs to help, and nothing that he must not see."""
