//go:build !linux

package serialport

func currentThread() int64 { return 0 }

// interrupt has no portable form; an emptied buffer frees the write of a real
// line without it.
func interrupt(int64) {}
