"""What is seen: widgets that paint what the model decides and forward input."""
