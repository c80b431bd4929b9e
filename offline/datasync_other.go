//go:build !linux

package offline

import "os"

func datasync(f *os.File) error { return f.Sync() }
