"""Who this clinic is and what time it is: settings, clock, folders, the root of our errors. Imports nothing of ours."""
