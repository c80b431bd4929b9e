//go:build !linux

package main

// unmapProgram leaves it to the system which of the program's pages are in memory.
func unmapProgram() {}
