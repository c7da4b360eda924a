"""What operators have switched off: services and endpoints, for all or for some projects."""

from brickyard.platform.switches.switches import Switch, Switches

__all__ = ["Switch", "Switches"]
