"""What an event is and how it is kept. Imports nothing else of ours."""
