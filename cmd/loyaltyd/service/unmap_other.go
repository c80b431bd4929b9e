//go:build !linux

package service

// UnmapProgram leaves it to the system which of the program's pages are in memory.
func UnmapProgram() {}
