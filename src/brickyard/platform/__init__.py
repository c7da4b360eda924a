"""The control plane: who may call, made of services like any other, one folder each."""
