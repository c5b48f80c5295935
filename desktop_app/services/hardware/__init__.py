"""What models can run on: devices, engine builds and other computers, tried and measured."""
