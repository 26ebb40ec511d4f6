"""Sources in forms that other tools write, and what is known of them before they are imported."""
