"""Shows what ``poolscope`` records: the command line, the session with a host, the window."""
