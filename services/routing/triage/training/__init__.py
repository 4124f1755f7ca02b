"""How the heads are trained and measured. Called by `train` and `evaluate` only, never at run time; needs the extra `training`."""
