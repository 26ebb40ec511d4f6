"""Readers of graph formats; each turns files into a KnowledgeGraph."""
