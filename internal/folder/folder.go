// Package folder knows how the names in a folder come to stand after a power cut: a
// file that was made, renamed or removed there is so only once the folder is synced.
package folder

import "os"

// Sync makes what was done to the names in a folder durable.
func Sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
