"""What a person sees, as values: canvas, comparison, charts. No Streamlit."""
