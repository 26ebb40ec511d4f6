"""The neural network. The only room with torch and dgl; importing it imports neither."""
