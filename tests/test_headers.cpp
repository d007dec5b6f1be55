// Owns the precompiled headers of the test programs (SWARM_PRECOMPILE); there is nothing in it.
