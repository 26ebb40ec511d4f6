"""Workers on several machines. The only room with Ray."""
