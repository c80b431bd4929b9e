//go:build !linux

package service

// unmapProgram leaves it to the system which of the program's pages are in memory.
func unmapProgram() {}
