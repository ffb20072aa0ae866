"""The exhibits of choosing a model: what can be measured, what is recommended, a pilot, a client file to start with."""
