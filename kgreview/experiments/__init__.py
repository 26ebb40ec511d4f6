"""What measures, and no user's project needs: benchmark and simulation."""
