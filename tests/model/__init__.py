"""The pure rules under a model checker: every state that two faults can bring about is visited, and none does harm."""
