"""What is drawn: arrays turned into rectangles, labels and colours. Pure: numpy, no Qt."""
